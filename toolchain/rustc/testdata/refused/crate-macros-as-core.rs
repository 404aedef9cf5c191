//@ error: crate `macros` under the name `core` is not available
#![no_std]
#![no_main]

extern crate macros as core;
fn prog() -> u32 {
    0
}

rex::program!(prog);
