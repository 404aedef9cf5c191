//@ error: `core::arch::x86_64::__m128i`
#![no_std]
#![no_main]

fn f(_: core::arch::x86_64::__m128i) {}
fn prog() -> u32 {
    0
}

rex::program!(prog);
