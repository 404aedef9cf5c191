//@ warning: the one argument is `function = "..."`
#![no_std]
#![no_main]

use rex::kprobe::kprobe;
use rex::pt_regs::PtRegs;
use rex::{Result, rex_kprobe};

#[rex_kprobe(func = "do_sys_openat2")]
fn prog(_: &kprobe, _: &mut PtRegs) -> Result {
    Ok(0)
}
