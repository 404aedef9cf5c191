//@ error: an `unsafe` function
#![no_std]
#![no_main]

trait T {
    unsafe fn f(&self);
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
