//@ error: an `extern` block
#![no_std]
#![no_main]

unsafe extern "C" {
    safe fn panic();
}
fn prog() -> u32 {
    panic();
    0
}

rex::program!(prog);
