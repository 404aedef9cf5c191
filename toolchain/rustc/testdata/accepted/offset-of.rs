#![no_std]
#![no_main]

#[repr(C)]
struct Header {
    _a: u8,
    _b: u32,
}
fn prog() -> u32 {
    core::mem::offset_of!(Header, _b) as u32
}

rex::program!(prog);
