// SPDX-License-Identifier: GPL-2.0

//! Counts in a static variable, and says what an addition takes.
//!
//! An eBPF program keeps what outlives a run in a map. Here it is an ordinary atomic of the language, which all programs of
//! the object share, on all processors, for as long as one of them is loaded.

#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU64, Ordering};

use rex::kprobe::kprobe;
use rex::pt_regs::PtRegs;
use rex::{Result, rex_kprobe, rex_printk};

/// Additions in one run.
const TIMES: u64 = 1000;

static COUNTER: AtomicU64 = AtomicU64::new(0);

#[rex_kprobe(function = "kprobe_target_func")]
fn rex_prog1(obj: &kprobe, _: &mut PtRegs) -> Result {
    let start = obj.bpf_ktime_get_ns();
    for _ in 0..TIMES {
        COUNTER.fetch_add(1, Ordering::Relaxed);
    }
    let elapsed = obj.bpf_ktime_get_ns() - start;
    rex_printk!("Time elapsed: {} ns for {} additions, sum {}\n", elapsed, TIMES, COUNTER.load(Ordering::Relaxed))
}
