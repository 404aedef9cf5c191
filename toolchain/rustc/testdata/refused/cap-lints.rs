//@ error: an `unsafe` block
//@ flags: --cap-lints allow
#![no_std]
#![no_main]

fn prog() -> u32 {
    unsafe { 1 }
}

rex::program!(prog);
