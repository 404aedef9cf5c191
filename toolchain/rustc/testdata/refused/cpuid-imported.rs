//@ error: is not available
#![no_std]
#![no_main]

use core::arch::x86_64::*;
fn prog() -> u32 {
    __cpuid(0).eax
}

rex::program!(prog);
