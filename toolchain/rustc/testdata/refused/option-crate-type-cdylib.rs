//@ error: crate type `cdylib` is not available
//@ flags: --crate-type=cdylib
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
