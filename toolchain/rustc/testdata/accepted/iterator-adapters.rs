#![no_std]
#![no_main]

fn prog() -> u32 {
    let a = [1u32, 2, 3];
    let b = [rex::time() as u32; 3];
    a.iter().zip(&b).enumerate().rev().skip(1).map(|(i, (x, y))| x ^ y ^ i as u32).fold(0, |s, x| s ^ x)
}

rex::program!(prog);
