// SPDX-License-Identifier: GPL-2.0

//! Panics while it holds a lock, whenever a task calls dup(2). The next run finds the lock free.

#![no_std]
#![no_main]

use core::hint::black_box;

use rex::map::RexArrayMap;
use rex::spinlock::{bpf_spin_lock, rex_spinlock_guard};
use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
use rex::{Result, rex_map, rex_printk, rex_tracepoint};

#[derive(Clone, Copy)]
struct Entry {
    lock: bpf_spin_lock,
    runs: u32,
}

#[rex_map]
static MAP: RexArrayMap<Entry> = RexArrayMap::new(1, 0);

#[rex_tracepoint]
fn rex_prog1(_: &tracepoint<SyscallsEnterDupCtx>, _: &'static SyscallsEnterDupCtx) -> Result {
    let Some(entry) = MAP.get_mut(&0) else {
        return Ok(0);
    };
    let guard = rex_spinlock_guard::new(&mut entry.lock);
    entry.runs += 1;
    let runs = entry.runs;
    drop(guard);
    rex_printk!("Lock taken in run {}.\n", runs)?;

    let _guard = rex_spinlock_guard::new(&mut entry.lock);
    // There is no such element.
    let table = [0; 4];
    rex_printk!("never printed: {}\n", table[black_box(table.len())])
}
