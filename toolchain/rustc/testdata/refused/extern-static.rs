//@ error: an `extern` block
#![no_std]
#![no_main]

unsafe extern "C" {
    safe static jiffies: u64;
}
fn prog() -> u32 {
    jiffies as u32
}

rex::program!(prog);
