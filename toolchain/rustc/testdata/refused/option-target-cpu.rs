//@ error: `-C target-cpu` cannot be given
//@ flags: -Ctarget-cpu=native
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
