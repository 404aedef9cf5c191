#![no_std]
#![no_main]

fn sum(values: &[u32]) -> u32 {
    values.iter().copied().fold(0, u32::wrapping_add)
}
fn prog() -> u32 {
    let values = [1, 2, 3, rex::time() as u32];
    sum(&values[1..])
}

rex::program!(prog);
