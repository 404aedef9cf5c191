//@ error: `-Z cf-protection` cannot be given
//@ flags: -Zcf-protection=return
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
