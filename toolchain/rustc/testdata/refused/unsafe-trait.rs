//@ error: an `unsafe` trait
#![no_std]
#![no_main]

unsafe trait T {}
fn prog() -> u32 {
    0
}

rex::program!(prog);
