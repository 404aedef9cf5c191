//@ error: attribute `export_name`
#![no_std]
#![no_main]

#[unsafe(export_name = "memcpy")]
pub extern "C" fn f() {}
fn prog() -> u32 {
    0
}

rex::program!(prog);
