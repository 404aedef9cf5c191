#![no_std]
#![no_main]

fn prog() -> u32 {
    (core::mem::size_of::<[u64; 3]>() + core::mem::align_of::<u16>()) as u32
}

rex::program!(prog);
