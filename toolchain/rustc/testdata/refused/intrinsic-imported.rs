//@ error: is not available
#![no_std]
#![no_main]

use core::intrinsics::abort;
fn prog() -> u32 {
    0
}

rex::program!(prog);
