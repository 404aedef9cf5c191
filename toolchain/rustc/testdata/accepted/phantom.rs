#![no_std]
#![no_main]

use core::marker::PhantomData;
struct Meters<T>(u64, PhantomData<T>);
struct Safe;
fn prog() -> u32 {
    Meters::<Safe>(rex::time(), PhantomData).0 as u32
}

rex::program!(prog);
