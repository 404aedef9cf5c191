//@ error: `core::mem::MaybeUninit`
#![no_std]
#![no_main]

fn prog() -> u32 {
    let _g = core::mem::MaybeUninit::new(rex::lock());
    0
}

rex::program!(prog);
