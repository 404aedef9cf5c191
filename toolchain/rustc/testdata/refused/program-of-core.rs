//@ error: `memset` is the name of a function that compiled code calls
//@ shows: when code is made
#![no_std]
#![no_main]

fn memset() -> u32 {
    0
}

rex::program!(memset);
