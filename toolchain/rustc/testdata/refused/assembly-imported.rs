//@ error: inline assembly
#![no_std]
#![no_main]

use core::arch::asm as quiet;
fn prog() -> u32 {
    unsafe { quiet!("hlt") };
    0
}

rex::program!(prog);
