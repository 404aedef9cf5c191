//@ error: attribute `no_mangle`
#![no_std]
#![no_main]

#[no_mangle]
pub extern "C" fn f() {}
fn prog() -> u32 {
    0
}

rex::program!(prog);
