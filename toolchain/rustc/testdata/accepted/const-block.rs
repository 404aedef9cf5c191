#![no_std]
#![no_main]

fn widest<const N: usize>() -> u32 {
    const { assert!(N < 64) };
    (rex::time() >> N) as u32
}
fn prog() -> u32 {
    widest::<8>() + const { 6 * 7 }
}

rex::program!(prog);
