//@ error: an `unsafe` block
#![no_std]
#![no_main]

fn prog() -> u32 {
    rex::peek!(unsafe { 3u32 })
}

rex::program!(prog);
