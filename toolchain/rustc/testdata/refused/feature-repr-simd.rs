//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(repr_simd)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
