#![no_std]
#![no_main]

fn half(n: u32) -> Option<u32> {
    (n % 2 == 0).then_some(n / 2)
}
fn quarter(n: u32) -> Option<u32> {
    half(half(n)?)
}
fn prog() -> u32 {
    quarter(rex::time() as u32).unwrap_or(0)
}

rex::program!(prog);
