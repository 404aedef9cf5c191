//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(c_variadic)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
