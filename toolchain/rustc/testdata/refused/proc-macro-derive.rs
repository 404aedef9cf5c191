//@ error: an `unsafe` impl
#![no_std]
#![no_main]

#[derive(macros::Shared)]
struct Cell(core::cell::Cell<u32>);
fn prog() -> u32 {
    0
}

rex::program!(prog);
