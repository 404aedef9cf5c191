//@ error: `memset` is the name of a function that compiled code calls
#![no_std]
#![no_main]

fn memset() -> u32 {
    0
}

rex::program!(memset);
