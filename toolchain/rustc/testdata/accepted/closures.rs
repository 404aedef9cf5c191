#![no_std]
#![no_main]

fn apply(f: impl Fn(u32) -> u32, n: u32) -> u32 {
    f(f(n))
}
fn prog() -> u32 {
    let k = rex::time() as u32;
    apply(|n| n ^ k, 5)
}

rex::program!(prog);
