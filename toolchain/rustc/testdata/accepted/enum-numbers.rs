#![no_std]
#![no_main]

#[allow(dead_code)]
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
enum Kind {
    None = 0,
    One = 1,
    Last = 254,
}
#[allow(dead_code)]
#[repr(u16)]
enum Wide {
    None = 0,
    Byte = 255,
}
fn prog() -> u32 {
    let kind = [Kind::None, Kind::One, Kind::Last][rex::time() as usize % 3];
    (kind == Kind::One) as u32 + Wide::Byte as u32
}

rex::program!(prog);
