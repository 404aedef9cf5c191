//@ error: an `unsafe` block is not available to kernel extensions
#![no_std]
#![no_main]
macro_rules! quick {
    ($e:expr) => { unsafe { core::hint::assert_unchecked($e) } };
}
fn prog() -> u32 {
    quick!(rex::time() > 0);
    0
}

rex::program!(prog);
