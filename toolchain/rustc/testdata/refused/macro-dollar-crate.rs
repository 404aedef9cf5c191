//@ error: an `unsafe` block
#![no_std]
#![no_main]

#[macro_export]
macro_rules! inner {
    ($value:expr) => { unsafe { *$value } };
}
macro_rules! outer {
    ($value:expr) => { $crate::inner!($value) };
}
fn prog() -> u32 {
    outer!(rex::time() as *const u32)
}

rex::program!(prog);
