//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(auto_traits)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
