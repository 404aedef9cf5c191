//@ error: type `f64` is not available to kernel extensions
#![no_std]
#![no_main]
trait Unit {
    type Value: Copy;
}
struct Metre;
impl Unit for Metre {
    type Value = f64;
}
fn prog() -> u32 {
    size_of::<<Metre as Unit>::Value>() as u32
}

rex::program!(prog);
