//@ error: an `unsafe` block
#![no_std]
#![no_main]

struct A<const N: usize>;
impl<const N: usize> A<N> {
    const L: u32 = N as u32;
}
fn prog() -> u32 {
    A::<{ unsafe { 2 } }>::L
}

rex::program!(prog);
