//@ error: `-Z` options that change what code is accepted or made
//@ flags: -Zllvm-module-flag=cf-protection-branch:u32:0:warning
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
