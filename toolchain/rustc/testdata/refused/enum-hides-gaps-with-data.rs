//@ error: an enum with the least and the greatest number of its integer type
#![no_std]
#![no_main]

#[allow(dead_code)]
#[repr(u16)]
enum Code {
    None = 0,
    One(u32) = 7,
    All = 65535,
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
