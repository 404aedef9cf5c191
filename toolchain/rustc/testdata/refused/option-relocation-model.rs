//@ error: `-C relocation-model` cannot be given
//@ flags: -Crelocation-model=static
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
