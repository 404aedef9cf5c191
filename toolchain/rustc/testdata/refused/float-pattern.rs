//@ error: type `f64` is not available to kernel extensions
#![no_std]
#![no_main]
fn prog() -> u32 {
    match rex::time().try_into().unwrap_or(0u32).into() {
        0.0..1.0 => 1,
        _ => 0,
    }
}

rex::program!(prog);
