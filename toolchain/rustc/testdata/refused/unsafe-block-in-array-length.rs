//@ error: an `unsafe` block
#![no_std]
#![no_main]

fn prog() -> u32 {
    [0u32; unsafe { 2 }].len() as u32
}

rex::program!(prog);
