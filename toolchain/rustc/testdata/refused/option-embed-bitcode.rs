//@ error: `-C embed-bitcode` cannot be given
//@ flags: -Cembed-bitcode=no
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
