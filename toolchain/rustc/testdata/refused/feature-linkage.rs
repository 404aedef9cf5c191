//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(linkage)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
