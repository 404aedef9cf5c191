//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(core_intrinsics)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
