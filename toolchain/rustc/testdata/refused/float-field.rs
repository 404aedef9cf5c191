//@ error: type `f32`
#![no_std]
#![no_main]

struct S {
    _x: f32,
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
