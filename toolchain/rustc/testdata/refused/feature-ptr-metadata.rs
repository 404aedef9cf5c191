//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(ptr_metadata)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
