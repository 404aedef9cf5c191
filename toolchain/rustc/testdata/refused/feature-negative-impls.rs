//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(negative_impls)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
