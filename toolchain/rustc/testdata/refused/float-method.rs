//@ error: type `f64`
#![no_std]
#![no_main]

fn prog() -> u32 {
    f64::from_bits(rex::time()).to_bits() as u32
}

rex::program!(prog);
