#![no_std]
#![no_main]

use core::cell::{Cell, RefCell};
fn prog() -> u32 {
    let n = Cell::new(1);
    n.set(n.get() + rex::time());
    let r = RefCell::new(n.get());
    *r.borrow_mut() += 1;
    r.into_inner() as u32
}

rex::program!(prog);
