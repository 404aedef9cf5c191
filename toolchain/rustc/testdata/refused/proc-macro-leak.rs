//@ error: `core::mem::forget`
#![no_std]
#![no_main]

fn prog() -> u32 {
    macros::leak!();
    0
}

rex::program!(prog);
