//@ error: an unsafe operation is not available
#![no_std]
#![no_main]

fn prog() -> u32 {
    rex::careless!(rex::kernel_function());
    0
}

rex::program!(prog);
