//@ error: inline assembly
#![no_std]
#![no_main]

fn prog() -> u32 {
    macros::assembly!();
    0
}

rex::program!(prog);
