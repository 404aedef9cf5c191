//@ error: an `unsafe` block
#![no_std]
#![no_main]

struct S;
impl Drop for S {
    fn drop(&mut self) {
        unsafe {}
    }
}
fn prog() -> u32 {
    let _s = S;
    0
}

rex::program!(prog);
