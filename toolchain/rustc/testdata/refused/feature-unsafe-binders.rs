//@ error: TBD
#![no_std]
#![no_main]
#![feature(unsafe_binders)]
fn prog() -> u32 {
    0
}

rex::program!(prog);
