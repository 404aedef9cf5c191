//@ error: an `unsafe` block
#![no_std]
#![no_main]
#![allow(unsafe_code)]

fn prog() -> u32 {
    unsafe { 1 }
}

rex::program!(prog);
