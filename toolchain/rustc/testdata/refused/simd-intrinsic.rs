//@ error: is not available
#![no_std]
#![no_main]

use core::arch::x86_64::_mm_setzero_si128;
fn prog() -> u32 {
    0
}

rex::program!(prog);
