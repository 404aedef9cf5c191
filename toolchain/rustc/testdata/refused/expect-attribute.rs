//@ error: incompatible with previous forbid
#![no_std]
#![no_main]
#![expect(unsafe_code)]

fn prog() -> u32 {
    0
}

rex::program!(prog);
