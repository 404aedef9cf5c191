//@ error: TBD
//@ flags: -Cforce-frame-pointers=no
#![no_std]
#![no_main]
fn prog() -> u32 {
    0
}

rex::program!(prog);
