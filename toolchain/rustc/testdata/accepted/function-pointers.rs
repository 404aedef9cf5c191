#![no_std]
#![no_main]

fn one(n: u32) -> u32 {
    n + 1
}
fn two(n: u32) -> u32 {
    n * 2
}
fn prog() -> u32 {
    let table: [fn(u32) -> u32; 2] = [one, two];
    table[rex::time() as usize % 2](3)
}

rex::program!(prog);
