//@ error: an `unsafe` block
//@ flags: -Zcrate-attr=allow(unsafe_code)
#![no_std]
#![no_main]

fn prog() -> u32 {
    unsafe { 1 }
}

rex::program!(prog);
