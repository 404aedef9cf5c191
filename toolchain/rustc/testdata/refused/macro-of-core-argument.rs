//@ error: an `unsafe` block
#![no_std]
#![no_main]

fn prog() -> u32 {
    assert!(unsafe { true });
    0
}

rex::program!(prog);
