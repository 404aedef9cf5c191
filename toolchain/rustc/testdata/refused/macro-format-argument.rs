//@ error: an `unsafe` block
#![no_std]
#![no_main]

use core::fmt::Write;
fn prog() -> u32 {
    let mut t = rex::Text([0; 64], 0);
    write!(t, "{}", unsafe { 1 }).is_ok() as u32
}

rex::program!(prog);
