#![no_std]
#![no_main]

fn prog() -> u32 {
    1u32.wrapping_shl(rex::time() as u32) | u32::MAX >> 3
}

rex::program!(prog);
