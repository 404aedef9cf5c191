// SPDX-License-Identifier: GPL-2.0

//! Does nothing: what a run of it takes is what it takes to start any program, and to return from it.

#![no_std]
#![no_main]

use rex::kprobe::kprobe;
use rex::pt_regs::PtRegs;
use rex::{Result, rex_kprobe};

#[rex_kprobe(function = "kprobe_target_func")]
fn rex_prog1(_: &kprobe, _: &mut PtRegs) -> Result {
    Ok(0)
}
