// SPDX-License-Identifier: GPL-2.0

//! Reads the kernel's clocks.
//!
//! The trigger passes the time that it has read itself, so it shows that the kernel's clock is the one that user space knows
//! as CLOCK_MONOTONIC.

#![no_std]
#![no_main]

use rex::kprobe::kprobe;
use rex::pt_regs::PtRegs;
use rex::{Result, rex_kprobe, rex_printk};

#[rex_kprobe(function = "kprobe_target_func")]
fn rex_prog1(obj: &kprobe, ctx: &mut PtRegs) -> Result {
    // The clock of the last tick costs least; one that goes on while the machine sleeps, and one that does not.
    let coarse = obj.bpf_ktime_get_coarse_ns();
    let monotonic = obj.bpf_ktime_get_ns();
    let boot = obj.bpf_ktime_get_boot_ns();
    rex_printk!("{} ns after the trigger's reading\n", monotonic as i64 - ctx.rdi() as i64)?;
    rex_printk!(
        "{} ns since the last tick, {} ns asleep\n",
        monotonic - coarse,
        (boot - monotonic) / 1_000_000 * 1_000_000
    )?;
    let again = obj.bpf_ktime_get_ns();
    rex_printk!("the clock went {}\n", if again > monotonic { "on" } else { "wrong" })
}
