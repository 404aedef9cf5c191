//@ error: `-L native` cannot be given
//@ flags: -Lnative=one -Lnative=two
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
