//@ error: an `unsafe` function
#![no_std]
#![no_main]

#[path = "parts/module.in"]
mod part;
fn prog() -> u32 {
    0
}

rex::program!(prog);
