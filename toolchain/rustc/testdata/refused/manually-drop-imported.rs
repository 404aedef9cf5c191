//@ error: `core::mem::ManuallyDrop`
#![no_std]
#![no_main]

use core::mem::ManuallyDrop as Keep;
fn prog() -> u32 {
    let _g = Keep::new(rex::lock());
    0
}

rex::program!(prog);
