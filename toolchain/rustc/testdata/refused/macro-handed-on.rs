//@ error: an `unsafe` block
#![no_std]
#![no_main]

fn prog() -> u32 {
    rex::hand_on!(unsafe { *(rex::time() as *const u32) })
}

rex::program!(prog);
