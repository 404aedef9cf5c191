//@ error: can't find crate for `std`
#![no_std]
#![no_main]

extern crate std;
fn prog() -> u32 {
    0
}

rex::program!(prog);
