#![no_std]
#![no_main]

fn prog() -> u32 {
    match rex::time() % 12 {
        0 => 3,
        1 => 1,
        2 => 4,
        3 => 1,
        4 => 5,
        5 => 9,
        6 => 2,
        7 => 6,
        8 => rex::time() as u32,
        9 => 3,
        10 => 5,
        _ => 8,
    }
}

rex::program!(prog);
