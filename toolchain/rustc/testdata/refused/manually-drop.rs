//@ error: `core::mem::ManuallyDrop`
#![no_std]
#![no_main]

fn prog() -> u32 {
    let _g = core::mem::ManuallyDrop::new(rex::lock());
    0
}

rex::program!(prog);
