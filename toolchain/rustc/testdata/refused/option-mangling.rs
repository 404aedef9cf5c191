//@ error: `-C symbol-mangling-version` cannot be given
//@ flags: -Csymbol-mangling-version=legacy
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
