//@ error: type `f32`
#![no_std]
#![no_main]

fn prog() -> u32 {
    [1, 2].iter().map(|&n: &u8| n.into()).sum::<f32>().to_bits()
}

rex::program!(prog);
