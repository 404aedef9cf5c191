#![no_std]
#![no_main]

fn prog() -> u32 {
    match rex::time() % 300 {
        0 => 1,
        1..=9 => 2,
        10..=99 => 3,
        _ => 4,
    }
}

rex::program!(prog);
