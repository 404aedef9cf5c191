//@ error: TBD
#![no_std]
#![no_main]
#![feature(min_specialization)]
fn prog() -> u32 {
    0
}

rex::program!(prog);
