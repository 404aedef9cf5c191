//@ error: attribute `no_builtins`
#![no_std]
#![no_main]
#![no_builtins]

fn prog() -> u32 {
    0
}

rex::program!(prog);
