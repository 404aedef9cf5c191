//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(generic_const_exprs)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
