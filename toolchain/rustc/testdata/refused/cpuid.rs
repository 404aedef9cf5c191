//@ error: is not available
#![no_std]
#![no_main]

fn prog() -> u32 {
    core::arch::x86_64::__cpuid(0).eax
}

rex::program!(prog);
