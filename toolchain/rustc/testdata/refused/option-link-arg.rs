//@ error: `-C link-args` cannot be given
//@ flags: -Clink-arg=evil.o
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
