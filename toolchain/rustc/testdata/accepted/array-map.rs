#![no_std]
#![no_main]

fn prog() -> u32 {
    let seed = rex::time();
    let squares = [1, 2, 3, 4].map(|n: u64| n.wrapping_mul(seed));
    squares.iter().fold(0, |a, b| a ^ *b) as u32
}

rex::program!(prog);
