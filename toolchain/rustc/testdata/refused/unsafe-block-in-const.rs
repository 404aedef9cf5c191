//@ error: an `unsafe` block
#![no_std]
#![no_main]

const C: u32 = unsafe { 1 };
fn prog() -> u32 {
    C
}

rex::program!(prog);
