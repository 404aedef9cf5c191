//@ error: an `extern` block
#![no_std]
#![no_main]

unsafe extern "C" {
    fn panic();
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
