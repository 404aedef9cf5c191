//@ error: an `unsafe` block
#![no_std]
#![no_main]

fn prog() -> u32 {
    include!("parts/block.in")
}

rex::program!(prog);
