//@ error: inline assembly
#![no_std]
#![no_main]

fn prog() -> u32 {
    rex::peek!({
        unsafe { core::arch::asm!("hlt") };
        1u32
    })
}

rex::program!(prog);
