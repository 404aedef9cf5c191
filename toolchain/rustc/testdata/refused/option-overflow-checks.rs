//@ error: TBD
//@ flags: -Coverflow-checks=off
#![no_std]
#![no_main]
fn prog() -> u32 {
    0
}

rex::program!(prog);
