//! A crate that nobody has checked.

#![no_std]

pub fn read(p: *const u32) -> u32 {
    unsafe { *p }
}

#[macro_export]
macro_rules! read {
    ($p:expr) => {
        unsafe { *$p }
    };
}
