//@ error: an `unsafe` block
#![no_std]
#![no_main]

macro_rules! m {
    ($k:tt) => {
        $k { 1 }
    };
}
fn prog() -> u32 {
    m!(unsafe)
}

rex::program!(prog);
