//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(rustc_attrs)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
