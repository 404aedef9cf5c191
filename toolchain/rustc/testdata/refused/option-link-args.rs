//@ error: `-C link-args` cannot be given
//@ flags: -Clink-args=-zexecstack
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
