//@ error: TBD
//@ flags: -Ztls-model=global-dynamic
#![no_std]
#![no_main]
fn prog() -> u32 {
    0
}

rex::program!(prog);
