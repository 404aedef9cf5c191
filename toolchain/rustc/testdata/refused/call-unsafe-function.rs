//@ error: requires unsafe
#![no_std]
#![no_main]

fn prog() -> u32 {
    core::hint::unreachable_unchecked()
}

rex::program!(prog);
