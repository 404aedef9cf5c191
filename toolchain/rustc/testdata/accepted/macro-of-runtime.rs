#![no_std]
#![no_main]

fn prog() -> u32 {
    rex::peek!(rex::time()) as u32
}

rex::program!(prog);
