//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(lang_items)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
