#![no_std]
#![no_main]

fn prog() -> u32 {
    let mut halves = rex::time().to_le_bytes();
    let (left, right) = halves.split_at_mut(4);
    left.swap_with_slice(right);
    u32::from(left[0]) + u32::from(right[3])
}

rex::program!(prog);
