//@ error: type `f64`
#![no_std]
#![no_main]

fn prog() -> u32 {
    (1.5 + rex::time() as f64) as u32
}

rex::program!(prog);
