//@ error: an `unsafe` block is not available
//@ flags: --force-warn unsafe_code
#![no_std]
#![no_main]

fn prog() -> u32 {
    unsafe { 1 }
}

rex::program!(prog);
