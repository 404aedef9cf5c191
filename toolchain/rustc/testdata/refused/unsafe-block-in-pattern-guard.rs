//@ error: an `unsafe` block
#![no_std]
#![no_main]

fn prog() -> u32 {
    match 1 {
        x if unsafe { x > 0 } => 1,
        _ => 0,
    }
}

rex::program!(prog);
