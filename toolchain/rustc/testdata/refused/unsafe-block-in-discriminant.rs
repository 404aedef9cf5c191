//@ error: an `unsafe` block
#![no_std]
#![no_main]

enum E {
    A = unsafe { 2 },
}
fn prog() -> u32 {
    E::A as u32
}

rex::program!(prog);
