//@ error: inline assembly
#![no_std]
#![no_main]

core::arch::global_asm!("hlt");
fn prog() -> u32 {
    0
}

rex::program!(prog);
