//@ error: `-C lto` cannot be given
//@ flags: -Clto=thin
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
