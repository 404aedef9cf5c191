//@ error: an unsafe operation is not available
#![no_std]
#![no_main]

fn prog() -> u32 {
    let f: fn() -> u32 = rex::careless!(core::mem::transmute(rex::time() as usize));
    f()
}

rex::program!(prog);
