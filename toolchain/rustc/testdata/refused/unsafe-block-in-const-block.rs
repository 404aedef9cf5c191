//@ error: an `unsafe` block
#![no_std]
#![no_main]

fn prog() -> u32 {
    const { unsafe { 1 } }
}

rex::program!(prog);
