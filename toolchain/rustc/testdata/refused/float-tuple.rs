//@ error: type `f64` is not available to kernel extensions
#![no_std]
#![no_main]
fn pair() -> (u32, f64) {
    (1, 2.0)
}
fn prog() -> u32 {
    pair().0
}

rex::program!(prog);
