//@ error: `core::mem::forget`
#![no_std]
#![no_main]

macro_rules! m {
    ($e:expr) => {
        core::mem::forget($e)
    };
}
fn prog() -> u32 {
    m!(rex::lock());
    0
}

rex::program!(prog);
