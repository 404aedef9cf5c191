//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(asm_experimental_arch)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
