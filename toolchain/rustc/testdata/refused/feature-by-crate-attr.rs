//@ error: unstable feature
//@ flags: -Zcrate-attr=feature(core_intrinsics)
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
