#![no_std]
#![no_main]

const fn square(n: u32) -> u32 {
    n * n
}
const N: u32 = square(12);
fn prog() -> u32 {
    N
}

rex::program!(prog);
