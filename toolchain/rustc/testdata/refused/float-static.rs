//@ error: type `f64` is not available to kernel extensions
#![no_std]
#![no_main]
static RATE: f64 = 1.5;
fn prog() -> u32 {
    &raw const RATE as usize as u32
}

rex::program!(prog);
