// SPDX-License-Identifier: GPL-2.0

//! Calls itself as often as the probed function's argument says, and says how long that took.
//!
//! The verifier refuses recursion, and what people write in its place, tail calls, ends after 33 of them. Here it is
//! bounded by the stack alone: the compiler looks after that in every call, and a program that goes too deep panics.

#![no_std]
#![no_main]

use core::hint::black_box;

use rex::kprobe::kprobe;
use rex::pt_regs::PtRegs;
use rex::{Result, rex_kprobe, rex_printk};

/// How deep it went. The hint keeps the compiler from making a loop of it.
fn descend(left: u64) -> u64 {
    if left == 0 { 0 } else { 1 + black_box(descend(left - 1)) }
}

#[rex_kprobe(function = "kprobe_target_func")]
fn rex_prog1(obj: &kprobe, ctx: &mut PtRegs) -> Result {
    let start = obj.bpf_ktime_get_ns();
    let depth = descend(ctx.rdi());
    let elapsed = obj.bpf_ktime_get_ns() - start;
    rex_printk!("Time: {} ns for depth {}\n", elapsed, depth)
}
