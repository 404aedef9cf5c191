//@ error: `core::mem::ManuallyDrop`
#![no_std]
#![no_main]

type Keep<T> = core::mem::ManuallyDrop<T>;
fn prog() -> u32 {
    let _g = Keep::new(rex::lock());
    0
}

rex::program!(prog);
