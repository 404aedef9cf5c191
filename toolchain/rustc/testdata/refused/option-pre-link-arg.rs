//@ error: `-Z pre-link-args` cannot be given
//@ flags: -Zpre-link-arg=evil.o
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
