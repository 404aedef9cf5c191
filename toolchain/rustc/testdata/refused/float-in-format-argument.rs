//@ error: type `f64` is not available to kernel extensions
#![no_std]
#![no_main]
use core::fmt::Write;
fn prog() -> u32 {
    let mut text = rex::Text([0; 64], 0);
    let _ = write!(text, "{}", 1.0 + rex::time() as f64);
    0
}

rex::program!(prog);
