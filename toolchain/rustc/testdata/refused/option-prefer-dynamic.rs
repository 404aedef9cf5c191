//@ error: `-C prefer-dynamic` cannot be given
//@ flags: -Cprefer-dynamic=yes
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
