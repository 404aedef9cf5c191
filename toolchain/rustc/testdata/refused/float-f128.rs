//@ error: type `f128`
#![no_std]
#![no_main]

fn f(x: f128) -> f128 {
    x
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
