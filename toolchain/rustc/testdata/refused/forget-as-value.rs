//@ error: `core::mem::forget`
#![no_std]
#![no_main]

fn prog() -> u32 {
    [rex::lock()].into_iter().for_each(core::mem::forget);
    0
}

rex::program!(prog);
