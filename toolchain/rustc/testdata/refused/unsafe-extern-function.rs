//@ error: an `unsafe` function
#![no_std]
#![no_main]

unsafe extern "C" fn f() {}
fn prog() -> u32 {
    0
}

rex::program!(prog);
