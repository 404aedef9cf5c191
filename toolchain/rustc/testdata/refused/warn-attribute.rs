//@ error: incompatible with previous forbid
#![no_std]
#![no_main]
#![warn(unstable_features)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
