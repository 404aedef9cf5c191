//@ error: an `unsafe` function
#![no_std]
#![no_main]

struct S;
impl S {
    unsafe fn f(&self) {}
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
