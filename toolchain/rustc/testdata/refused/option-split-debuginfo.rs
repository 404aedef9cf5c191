//@ error: TBD
//@ flags: -Csplit-debuginfo=packed
#![no_std]
#![no_main]
fn prog() -> u32 {
    0
}

rex::program!(prog);
