//@ error: type `f32`
#![no_std]
#![no_main]

fn f(x: f32) -> f32 {
    x
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
