//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(unsized_locals)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
