//@ error: unstable feature
#![no_std]
#![no_main]
#![feature(thread_local)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
