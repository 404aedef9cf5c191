#![no_std]
#![no_main]

fn prog() -> u32 {
    let n = rex::time() as u32;
    assert!(n > 1, "too small: {n}");
    assert_eq!(n % 2, 0);
    debug_assert!(n < 9);
    n
}

rex::program!(prog);
