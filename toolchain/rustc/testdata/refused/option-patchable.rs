//@ error: `-Z` options that change what code is accepted or made
//@ flags: -Zpatchable-function-entry=16
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
