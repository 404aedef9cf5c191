//@ error: attribute `no_mangle`
#![no_std]
#![no_main]

#[unsafe(no_mangle)]
pub static MAP: u32 = 0;
fn prog() -> u32 {
    0
}

rex::program!(prog);
