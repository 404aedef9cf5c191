#![no_std]
#![no_main]

fn prog() -> u32 {
    (0..rex::time() as u32 % 9).filter(|n| n % 2 == 0).map(|n| n * n).sum()
}

rex::program!(prog);
