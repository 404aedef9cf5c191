//@ error: `-Z` options that change what code is accepted or made cannot be given
//@ flags: -Ztls-model=global-dynamic
#![no_std]
#![no_main]
fn prog() -> u32 {
    0
}

rex::program!(prog);
