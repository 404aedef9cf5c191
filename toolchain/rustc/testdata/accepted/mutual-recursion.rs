#![no_std]
#![no_main]

fn even(n: u64) -> bool {
    n == 0 || odd(n - 1)
}
fn odd(n: u64) -> bool {
    n != 0 && even(n - 1)
}
fn prog() -> u32 {
    even(rex::time()) as u32
}

rex::program!(prog);
