//@ error: expected a string literal
#![no_std]
#![no_main]

use rex::kprobe::kprobe;
use rex::pt_regs::PtRegs;
use rex::{rex_kprobe, Result};

#[rex_kprobe(function = unsafe { "do_sys_open" })]
fn prog(_: &kprobe, regs: &mut PtRegs) -> Result {
    Ok(regs.rdi() as i32)
}
