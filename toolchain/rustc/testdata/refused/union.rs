//@ error: a `union`
#![no_std]
#![no_main]

union U {
    a: u32,
    b: i32,
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
