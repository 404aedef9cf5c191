#![no_std]
#![no_main]

use core::fmt::Write;
fn prog() -> u32 {
    let mut text = rex::Text([0; 64], 0);
    let _ = write!(text, "{:#x} {:>5} {:?}", rex::time(), 7, Some("x"));
    text.1 as u32
}

rex::program!(prog);
