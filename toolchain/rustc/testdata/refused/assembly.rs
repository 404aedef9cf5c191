//@ error: inline assembly
#![no_std]
#![no_main]

fn prog() -> u32 {
    unsafe { core::arch::asm!("hlt") };
    0
}

rex::program!(prog);
