//@ error: `-C codegen-units` cannot be given
//@ flags: -Ccodegen-units=4
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
