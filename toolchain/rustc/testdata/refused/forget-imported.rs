//@ error: `core::mem::forget`
#![no_std]
#![no_main]

use core::mem::forget as keep;
fn prog() -> u32 {
    keep(rex::lock());
    0
}

rex::program!(prog);
