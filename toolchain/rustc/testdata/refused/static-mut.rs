//@ error: a `static mut`
#![no_std]
#![no_main]

static mut S: u32 = 0;
fn prog() -> u32 {
    0
}

rex::program!(prog);
