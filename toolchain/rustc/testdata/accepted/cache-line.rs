#![no_std]
#![no_main]

#[repr(align(64))]
struct Line([u8; 64]);

fn prog() -> u32 {
    let line = Line([rex::time() as u8; 64]);
    core::hint::black_box(&line).0[3].into()
}

rex::program!(prog);
