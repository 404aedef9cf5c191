#![no_std]
#![no_main]

fn prog() -> u32 {
    (u128::MAX / u128::from(rex::time() | 1)) as u32
}

rex::program!(prog);
