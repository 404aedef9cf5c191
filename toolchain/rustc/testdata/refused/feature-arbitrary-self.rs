//@ error: attribute `feature` is not available to kernel extensions
#![no_std]
#![no_main]
#![feature(arbitrary_self_types_pointers)]
fn prog() -> u32 {
    0
}

rex::program!(prog);
