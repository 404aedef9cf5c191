#![no_std]
#![no_main]

fn prog() -> u32 {
    let word = rex::time();
    word.count_ones() + word.leading_zeros() + word.trailing_zeros() + word.rotate_left(7).swap_bytes().reverse_bits() as u32
}

rex::program!(prog);
