//@ error: `-C linker` cannot be `./ld.mold`
//@ flags: -Clinker=./ld.mold
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
