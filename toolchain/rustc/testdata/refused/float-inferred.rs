//@ error: type `f64`
#![no_std]
#![no_main]

fn prog() -> u32 {
    let x = 2.0;
    if x > 1.0 { 1 } else { 0 }
}

rex::program!(prog);
