//@ error: attribute `feature` is not available to kernel extensions
#![no_std]
#![no_main]
#![feature(custom_mir)]
fn prog() -> u32 {
    0
}

rex::program!(prog);
