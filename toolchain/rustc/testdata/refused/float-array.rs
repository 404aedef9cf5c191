//@ error: type `f32` is not available to kernel extensions
#![no_std]
#![no_main]
fn prog() -> u32 {
    let weights = [[0.5f32; 4]; 2];
    weights.len() as u32
}

rex::program!(prog);
