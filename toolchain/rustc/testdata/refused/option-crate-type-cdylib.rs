//@ error: `--crate-type cdylib` cannot be given
//@ flags: --crate-type=cdylib
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
