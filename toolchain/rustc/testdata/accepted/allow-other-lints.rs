#![no_std]
#![no_main]
#![allow(dead_code, unused_variables)]

fn unused() {}
fn prog() -> u32 {
    0
}

rex::program!(prog);
