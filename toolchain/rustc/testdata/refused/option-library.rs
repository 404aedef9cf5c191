//@ error: `-l` cannot be given
//@ flags: -lstatic=evil
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
