//@ error: TBD
#![no_std]
#![no_main]
#[unsafe(no_mangle)]
extern "C-unwind" fn helper() -> u32 {
    0
}
fn prog() -> u32 {
    helper()
}

rex::program!(prog);
