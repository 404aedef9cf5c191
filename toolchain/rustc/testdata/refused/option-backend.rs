//@ error: `-Z codegen-backend` cannot be given
//@ flags: -Zcodegen-backend=evil.so
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
