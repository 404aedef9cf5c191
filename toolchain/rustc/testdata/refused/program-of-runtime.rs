//@ error: is the name of another symbol
//@ shows: when code is made
#![no_std]
#![no_main]

fn __rex_trap() -> u32 {
    0
}

rex::program!(__rex_trap);
