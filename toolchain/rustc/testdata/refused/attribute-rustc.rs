//@ error: attribute `rustc_
#![no_std]
#![no_main]

#[rustc_layout_scalar_valid_range_start(1)]
struct S(u32);
fn prog() -> u32 {
    0
}

rex::program!(prog);
