//@ error: `-C passes` cannot be given
//@ flags: -Cpasses=dce
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
