//@ error: `-Z` options that change what code is accepted or made
//@ flags: -Zunleash-the-miri-inside-of-you
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
