#![no_std]
#![no_main]

fn evens(limit: u32) -> impl Iterator<Item = u32> {
    (0..limit).step_by(2)
}
fn prog() -> u32 {
    evens(rex::time() as u32 % 50).count() as u32
}

rex::program!(prog);
