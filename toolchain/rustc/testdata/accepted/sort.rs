#![no_std]
#![no_main]

fn prog() -> u32 {
    let mut values = [rex::time(), rex::time(), 3, 9, 1];
    values.sort_unstable();
    values[2] as u32
}

rex::program!(prog);
