#![no_std]
#![no_main]

fn prog() -> u32 {
    let n = 5u32;
    &raw const n as usize as u32
}

rex::program!(prog);
