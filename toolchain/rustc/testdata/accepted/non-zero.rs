#![no_std]
#![no_main]

use core::num::NonZeroU64;
fn prog() -> u32 {
    NonZeroU64::new(rex::time()).map_or(0, |n| n.leading_zeros())
}

rex::program!(prog);
