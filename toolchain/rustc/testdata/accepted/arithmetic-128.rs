#![no_std]
#![no_main]

fn prog() -> u32 {
    let n = u128::from(rex::time()) * 0x1_0000_0001;
    (n >> 64) as u32
}

rex::program!(prog);
