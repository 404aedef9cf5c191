//@ error: `core::mem::ManuallyDrop`
#![no_std]
#![no_main]

trait T {}
impl T for core::mem::ManuallyDrop<u32> {}
fn prog() -> u32 {
    0
}

rex::program!(prog);
