//@ error: `core::mem::ManuallyDrop`
#![no_std]
#![no_main]

fn f(_: core::mem::ManuallyDrop<rex::Guard>) {}
fn prog() -> u32 {
    0
}

rex::program!(prog);
