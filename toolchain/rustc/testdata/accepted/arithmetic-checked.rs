#![no_std]
#![no_main]

fn prog() -> u32 {
    let n = rex::time() as u32;
    n.checked_mul(3).and_then(|n| n.checked_add(1)).map_or(0, |n| n.rotate_left(3))
}

rex::program!(prog);
