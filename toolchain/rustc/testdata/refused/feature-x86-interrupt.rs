//@ error: attribute `feature` is not available to kernel extensions
#![no_std]
#![no_main]
#![feature(abi_x86_interrupt)]
extern "x86-interrupt" fn handler(_: &mut u64) {}
fn prog() -> u32 {
    handler as usize as u32
}

rex::program!(prog);
