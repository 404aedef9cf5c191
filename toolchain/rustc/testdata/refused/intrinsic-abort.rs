//@ error: is not available
#![no_std]
#![no_main]

fn prog() -> u32 {
    core::intrinsics::abort()
}

rex::program!(prog);
