#![no_std]
#![no_main]

use core::cell::OnceCell;
fn prog() -> u32 {
    let c = OnceCell::new();
    *c.get_or_init(|| rex::time()) as u32
}

rex::program!(prog);
