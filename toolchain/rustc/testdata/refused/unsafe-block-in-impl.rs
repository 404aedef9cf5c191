//@ error: an `unsafe` block
#![no_std]
#![no_main]

struct S;
impl S {
    fn f(&self) -> u32 {
        unsafe { 1 }
    }
}
fn prog() -> u32 {
    S.f()
}

rex::program!(prog);
