//@ error: an `unsafe` block
#![no_std]
#![no_main]

macro_rules! m {
    () => {
        unsafe { 1u32 }
    };
}
fn prog() -> u32 {
    rex::peek!(m!())
}

rex::program!(prog);
