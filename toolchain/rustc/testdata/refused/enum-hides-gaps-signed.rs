//@ error: an enum with the least and the greatest number of its integer type
#![no_std]
#![no_main]

#[allow(dead_code)]
enum Code {
    Least = -128,
    Greatest = 127,
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
