//@ error: an `unsafe` block
#![no_std]
#![no_main]

macro_rules! m {
    () => {
        unsafe { 1 }
    };
}
fn prog() -> u32 {
    m!()
}

rex::program!(prog);
