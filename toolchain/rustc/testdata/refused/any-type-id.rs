//@ error: `core::any::TypeId
#![no_std]
#![no_main]

fn prog() -> u32 {
    (core::any::TypeId::of::<u32>() == core::any::TypeId::of::<u64>()) as u32
}

rex::program!(prog);
