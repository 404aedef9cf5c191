// SPDX-License-Identifier: GPL-2.0

//! Says what it takes to lock and unlock, for each packet that arrives.
//!
//! A lock is a value that unlocks when it goes out of scope: none can be forgotten. Should the program panic before, the kernel
//! unlocks it, which is what the cleanup in the name is for; that each lock is registered with it is part of the time.

#![no_std]
#![no_main]

use rex::map::RexArrayMap;
use rex::spinlock::{bpf_spin_lock, rex_spinlock_guard};
use rex::utils::Result;
use rex::xdp::{XDP_PASS, xdp, xdp_md};
use rex::{rex_map, rex_printk, rex_xdp};

/// How often a run locks.
const TIMES: u64 = 1000;

#[derive(Clone, Copy)]
#[repr(C)]
struct Counter {
    lock: bpf_spin_lock,
    count: u64,
}

#[rex_map]
static COUNTERS: RexArrayMap<Counter> = RexArrayMap::new(1, 0);

#[rex_xdp]
fn rex_prog1(obj: &xdp, _: &mut xdp_md) -> Result {
    let Some(counter) = COUNTERS.get_mut(&0) else {
        return Ok(XDP_PASS as i32);
    };
    let start = obj.bpf_ktime_get_ns();
    for _ in 0..TIMES {
        // Borrows the lock alone, so the count is free to be changed.
        let _guard = rex_spinlock_guard::new(&mut counter.lock);
        counter.count += 1;
    }
    let elapsed = obj.bpf_ktime_get_ns() - start;
    rex_printk!("Time: {} ns to lock and unlock, of {} so far\n", elapsed / TIMES, counter.count)?;
    Ok(XDP_PASS as i32)
}
