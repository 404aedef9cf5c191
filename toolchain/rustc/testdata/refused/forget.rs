//@ error: `core::mem::forget`
#![no_std]
#![no_main]

fn prog() -> u32 {
    core::mem::forget(rex::lock());
    0
}

rex::program!(prog);
