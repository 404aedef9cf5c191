#![no_std]
#![no_main]

fn prog() -> u32 {
    core::iter::successors(Some(rex::time()), |n| n.checked_sub(n / 2 + 1)).inspect(|n| assert!(*n < u64::MAX)).last().unwrap_or(0) as u32
}

rex::program!(prog);
