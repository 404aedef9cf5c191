//@ error: `core::any::Any::type_id` is not available
#![no_std]
#![no_main]

fn prog() -> u32 {
    use core::any::*;
    (1u32.type_id() == 2u64.type_id()) as u32
}

rex::program!(prog);
