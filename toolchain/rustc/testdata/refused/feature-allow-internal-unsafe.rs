//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(allow_internal_unsafe)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
