//@ error: type `f64`
#![no_std]
#![no_main]

type Real = f64;
fn prog() -> u32 {
    0
}

rex::program!(prog);
