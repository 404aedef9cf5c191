//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(never_type)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
