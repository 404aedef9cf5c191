//@ error: type `f64`
#![no_std]
#![no_main]

fn prog() -> u32 {
    let x: <[f64; 1] as IntoIterator>::Item = Default::default();
    x as u32
}

rex::program!(prog);
