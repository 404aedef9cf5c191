//@ error: type `f32` is not available to kernel extensions
#![no_std]
#![no_main]
fn prog() -> u32 {
    let half = |n: u32| n as f32 / 2.0;
    half(3) as u32
}

rex::program!(prog);
