//@ error: an unsafe operation is not available
#![no_std]
#![no_main]

fn prog() -> u32 {
    let address = rex::time() as usize;
    rex::careless!(*(address as *const u32))
}

rex::program!(prog);
