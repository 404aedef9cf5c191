//@ error: an `unsafe` block
#![no_std]
#![no_main]

mod inner {
    pub fn f() {
        unsafe {}
    }
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
