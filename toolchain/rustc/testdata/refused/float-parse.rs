//@ error: type `f64`
#![no_std]
#![no_main]

fn prog() -> u32 {
    "1.5".parse::<f64>().map_or(0, |x| x as u32)
}

rex::program!(prog);
