//@ error: an unsafe operation is not available
#![no_std]
#![no_main]

fn prog() -> u32 {
    let read = rex::careless!(|address: usize| *(address as *const u32));
    read(rex::time() as usize)
}

rex::program!(prog);
