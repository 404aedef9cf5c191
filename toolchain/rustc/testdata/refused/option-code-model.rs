//@ error: `-C code-model` cannot be given
//@ flags: -Ccode-model=large
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
