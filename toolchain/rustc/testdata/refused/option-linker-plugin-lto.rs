//@ error: `-C linker-plugin-lto` cannot be given
//@ flags: -Clinker-plugin-lto
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
