//@ error: `core::any::Any` is not available
#![no_std]
#![no_main]

use core::any::Any;
fn prog() -> u32 {
    let n = rex::time() as u32;
    let any: &dyn Any = &n;
    any.downcast_ref::<u32>().copied().unwrap_or(0)
}

rex::program!(prog);
