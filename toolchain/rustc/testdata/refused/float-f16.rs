//@ error: type `f16`
#![no_std]
#![no_main]

fn f(x: f16) -> f16 {
    x
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
