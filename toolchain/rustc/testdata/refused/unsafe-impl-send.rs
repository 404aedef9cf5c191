//@ error: an `unsafe` impl
#![no_std]
#![no_main]

struct S(*mut u8);
unsafe impl Send for S {}
fn prog() -> u32 {
    0
}

rex::program!(prog);
