//@ error: an unsafe operation is not available
#![no_std]
#![no_main]

fn prog() -> u32 {
    let n = 1u32;
    rex::careless!(core::ptr::read(&raw const n))
}

rex::program!(prog);
