//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(naked_functions)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
