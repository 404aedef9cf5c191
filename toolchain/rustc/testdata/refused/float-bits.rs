//@ error: type `f32`
#![no_std]
#![no_main]

fn prog() -> u32 {
    core::primitive::f32::from_bits(rex::time() as u32).to_bits()
}

rex::program!(prog);
