#![no_std]
#![no_main]

fn prog() -> u32 {
    let mut n = 0;
    let mut add = |k| n += k;
    add(1);
    add(rex::time() as u32);
    n
}

rex::program!(prog);
