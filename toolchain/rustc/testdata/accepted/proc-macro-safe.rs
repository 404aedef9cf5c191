#![no_std]
#![no_main]

fn prog() -> u32 {
    macros::safe_code!()
}

rex::program!(prog);
