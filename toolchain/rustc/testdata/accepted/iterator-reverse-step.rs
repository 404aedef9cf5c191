#![no_std]
#![no_main]

fn prog() -> u32 {
    let mut text = rex::time().to_be_bytes();
    text.reverse();
    text.iter().rev().step_by(3).zip(1u32..).map(|(b, n)| u32::from(*b) * n).sum()
}

rex::program!(prog);
