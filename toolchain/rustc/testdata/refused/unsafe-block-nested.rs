//@ error: an `unsafe` block
#![no_std]
#![no_main]

fn prog() -> u32 {
    { { if true { unsafe { 1 } } else { 2 } } }
}

rex::program!(prog);
