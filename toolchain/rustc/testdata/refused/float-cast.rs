//@ error: type `f64` is not available to kernel extensions
#![no_std]
#![no_main]
fn prog() -> u32 {
    (rex::time() as u32 as f64) as u32
}

rex::program!(prog);
