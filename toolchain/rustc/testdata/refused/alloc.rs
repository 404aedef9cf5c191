//@ error: can't find crate for `alloc`
#![no_std]
#![no_main]

extern crate alloc;
fn prog() -> u32 {
    0
}

rex::program!(prog);
