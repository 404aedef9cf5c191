//@ error: an unsafe operation is not available
#![no_std]
#![no_main]

fn prog() -> u32 {
    let read: unsafe fn(*const u32) -> u32 = core::ptr::read;
    rex::careless!(read(&1))
}

rex::program!(prog);
