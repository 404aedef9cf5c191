//@ error: crate type `staticlib` is not available
#![no_std]
#![no_main]
#![crate_type = "staticlib"]

fn prog() -> u32 {
    0
}

rex::program!(prog);
