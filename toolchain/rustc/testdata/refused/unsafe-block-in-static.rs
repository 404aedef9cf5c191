//@ error: an `unsafe` block
#![no_std]
#![no_main]

static S: u32 = unsafe { 1 };
fn prog() -> u32 {
    S
}

rex::program!(prog);
