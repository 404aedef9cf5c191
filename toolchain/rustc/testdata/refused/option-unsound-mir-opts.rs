//@ error: `-Z` options that change what code is accepted or made
//@ flags: -Zunsound-mir-opts
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
