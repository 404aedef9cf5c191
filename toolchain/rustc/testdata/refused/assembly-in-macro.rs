//@ error: inline assembly
#![no_std]
#![no_main]

macro_rules! m {
    () => {
        unsafe { core::arch::asm!("hlt") }
    };
}
fn prog() -> u32 {
    m!();
    0
}

rex::program!(prog);
