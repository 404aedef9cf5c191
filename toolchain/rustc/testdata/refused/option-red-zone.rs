//@ error: `-C no-redzone` cannot be given
//@ flags: -Cno-redzone=no
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
