#![no_std]
#![no_main]

fn prog() -> u32 {
    let n = rex::time() as u32;
    n.checked_pow(3).unwrap_or(u32::MAX) ^ n.checked_ilog2().unwrap_or(0) ^ n.isqrt() ^ n.next_power_of_two() ^ n.abs_diff(9)
}

rex::program!(prog);
