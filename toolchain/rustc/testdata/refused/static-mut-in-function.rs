//@ error: a `static mut`
#![no_std]
#![no_main]

fn prog() -> u32 {
    static mut S: u32 = 0;
    0
}

rex::program!(prog);
