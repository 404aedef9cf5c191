#![no_std]
#![no_main]

trait Name {
    fn len(&self) -> u32 {
        4
    }
}
impl Name for u8 {}
fn prog() -> u32 {
    7u8.len()
}

rex::program!(prog);
