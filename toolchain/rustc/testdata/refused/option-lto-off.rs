//@ error: `-C lto` cannot be given
//@ flags: -Clto=off
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
