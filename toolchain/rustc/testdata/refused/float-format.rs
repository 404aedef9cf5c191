//@ error: type `f32`
#![no_std]
#![no_main]

use core::fmt::Write;
fn prog() -> u32 {
    let mut text = rex::Text([0; 64], 0);
    let _ = write!(text, "{:.2}", 1.5f32);
    text.1 as u32
}

rex::program!(prog);
