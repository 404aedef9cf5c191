//@ error: `core::mem::MaybeUninit`
#![no_std]
#![no_main]

fn prog() -> u32 {
    let _a = [const { core::mem::MaybeUninit::<u32>::uninit() }; 4];
    0
}

rex::program!(prog);
