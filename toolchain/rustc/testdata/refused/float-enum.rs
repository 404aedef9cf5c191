//@ error: type `f32` is not available to kernel extensions
#![no_std]
#![no_main]
enum Reading {
    None,
    Celsius(f32),
}
fn prog() -> u32 {
    match Reading::None {
        Reading::None => 0,
        Reading::Celsius(_) => 1,
    }
}

rex::program!(prog);
