//@ error: an `unsafe` block
#![no_std]
#![no_main]

fn unused() {
    unsafe {}
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
