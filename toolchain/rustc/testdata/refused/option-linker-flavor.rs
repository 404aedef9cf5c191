//@ error: TBD
//@ flags: -Clinker-flavor=gcc
#![no_std]
#![no_main]
fn prog() -> u32 {
    0
}

rex::program!(prog);
