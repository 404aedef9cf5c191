//@ error: attribute `no_core`
#![no_std]
#![no_main]
#![no_core]

fn prog() -> u32 {
    0
}

rex::program!(prog);
