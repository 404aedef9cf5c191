//@ error: `core::mem::forget`
#![no_std]
#![no_main]

use core::mem::*;
fn prog() -> u32 {
    forget(rex::lock());
    0
}

rex::program!(prog);
