//@ error: `-Z no-leak-check` cannot be given
//@ flags: -Zno-leak-check
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
