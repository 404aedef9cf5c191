//@ error: `-C linker` cannot be `evil`
//@ flags: -Clinker=evil
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
