//@ error: an enum with the least and the greatest number of its integer type
#![no_std]
#![no_main]

#[allow(dead_code)]
#[derive(Clone, Copy)]
#[repr(u8)]
enum Code {
    None = 0,
    One = 1,
    All = 255,
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
