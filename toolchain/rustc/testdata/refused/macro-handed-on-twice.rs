//@ error: an `unsafe` block
#![no_std]
#![no_main]

macro_rules! again {
    ($($token:tt)*) => { rex::hand_on!($($token)*) };
}
fn prog() -> u32 {
    rex::hand_on!(again!(unsafe { *(rex::time() as *const u32) }))
}

rex::program!(prog);
