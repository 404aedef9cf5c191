#![no_std]
#![no_main]

fn prog() -> u32 {
    "Straße".chars().filter(|c| c.is_alphabetic()).map(|c| c.len_utf8() as u32).sum()
}

rex::program!(prog);
