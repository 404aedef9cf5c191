//@ error: an `unsafe` block
#![no_std]
#![no_main]

fn prog() -> u32 {
    include!(concat!("par", "ts/block.in"))
}

rex::program!(prog);
