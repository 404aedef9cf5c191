// SPDX-License-Identifier: GPL-2.0

//! Panics in the kernel whenever a task calls dup(2): the program ends, the machine does not.

#![no_std]
#![no_main]

use core::hint::black_box;

use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
use rex::{Result, rex_printk, rex_tracepoint};

static TABLE: [i32; 4] = [1, 2, 3, 4];

#[rex_tracepoint]
fn bad_index(_: &tracepoint<SyscallsEnterDupCtx>, _: &'static SyscallsEnterDupCtx) -> Result {
    let index = black_box(TABLE.len());
    let value = TABLE[index];
    rex_printk!("the kernel must never get here with {}\n", value)
}
