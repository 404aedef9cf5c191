//@ error: an `unsafe` block
#![no_std]
#![no_main]

fn prog() -> u32 {
    unsafe { core::ptr::read_volatile(&1) }
}

rex::program!(prog);
