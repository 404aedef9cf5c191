//@ error: `-C relro-level` cannot be given
//@ flags: -Crelro-level=off
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
