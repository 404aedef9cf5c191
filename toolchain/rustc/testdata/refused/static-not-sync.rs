//@ error: cannot be shared between threads
#![no_std]
#![no_main]

static S: core::cell::Cell<u32> = core::cell::Cell::new(0);
fn prog() -> u32 {
    S.get()
}

rex::program!(prog);
