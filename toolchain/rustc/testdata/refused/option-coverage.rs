//@ error: TBD
//@ flags: -Cinstrument-coverage
#![no_std]
#![no_main]
fn prog() -> u32 {
    0
}

rex::program!(prog);
