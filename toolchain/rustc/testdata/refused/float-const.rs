//@ error: type `f64`
#![no_std]
#![no_main]

const X: f64 = 1.0;
fn prog() -> u32 {
    0
}

rex::program!(prog);
