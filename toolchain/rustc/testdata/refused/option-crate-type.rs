//@ error: `--crate-type rlib` cannot be given
//@ flags: --crate-type=rlib
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
