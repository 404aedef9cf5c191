//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(portable_simd)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
