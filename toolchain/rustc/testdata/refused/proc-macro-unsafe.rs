//@ error: an `unsafe` block
#![no_std]
#![no_main]

fn prog() -> u32 {
    macros::unsafe_code!()
}

rex::program!(prog);
