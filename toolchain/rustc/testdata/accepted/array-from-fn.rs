#![no_std]
#![no_main]

fn prog() -> u32 {
    let table: [u64; 16] = core::array::from_fn(|i| rex::time() >> i);
    table.into_iter().max().unwrap_or(0) as u32
}

rex::program!(prog);
