//@ error: an `unsafe` block
#![no_std]
#![no_main]

trait T {
    fn f(&self) -> u32 {
        unsafe { 1 }
    }
}
impl T for u8 {}
fn prog() -> u32 {
    1u8.f()
}

rex::program!(prog);
