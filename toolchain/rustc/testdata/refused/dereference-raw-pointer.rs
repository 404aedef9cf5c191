//@ error: requires unsafe
#![no_std]
#![no_main]

fn prog() -> u32 {
    *(0x1000 as *const u32)
}

rex::program!(prog);
