#![no_std]
#![no_main]

fn prog() -> u32 {
    match rex::time() {
        0 => 0,
        small @ 1..=9 => small as u32,
        even if even % 2 == 0 => (even / 2) as u32,
        u64::MAX => 1,
        odd => odd.wrapping_mul(3) as u32,
    }
}

rex::program!(prog);
