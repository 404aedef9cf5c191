#![no_std]
#![no_main]

fn prog() -> u32 {
    let time = rex::time();
    [1u64, 2, 3].iter().flat_map(|a| (0..4).map(move |b| a * b)).chain(core::iter::once(time)).skip(2).take_while(|n| *n < 100).count() as u32
}

rex::program!(prog);
