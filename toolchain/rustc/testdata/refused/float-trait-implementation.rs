//@ error: type `f32` is not available to kernel extensions
#![no_std]
#![no_main]
trait Weight {
    fn weight(self) -> u32;
}
impl Weight for f32 {
    fn weight(self) -> u32 {
        1
    }
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
