//@ error: type `f64`
#![no_std]
#![no_main]

fn prog() -> u32 {
    let n: core::ffi::c_double = Default::default();
    (n == Default::default()) as u32
}

rex::program!(prog);
