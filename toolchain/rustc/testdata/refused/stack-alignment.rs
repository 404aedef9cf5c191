//@ error: is aligned to 32768 bytes
//@ shows: when code is made
#![no_std]
#![no_main]

#[repr(align(32768))]
struct Page([u8; 64]);
fn prog() -> u32 {
    let page = Page([rex::time() as u8; 64]);
    core::hint::black_box(&page).0[3].into()
}

rex::program!(prog);
