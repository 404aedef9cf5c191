//@ error: attribute `no_mangle`
#![no_std]
#![no_main]

macros::exported!();
fn prog() -> u32 {
    0
}

rex::program!(prog);
