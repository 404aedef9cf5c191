//@ error: crate `rex` under the name `core` is not available
#![no_std]
#![no_main]

extern crate rex as core;
fn prog() -> u32 {
    0
}

rex::program!(prog);
