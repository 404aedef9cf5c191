//@ error: can't find crate for `test`
#![no_std]
#![no_main]

extern crate test;
fn prog() -> u32 {
    0
}

rex::program!(prog);
