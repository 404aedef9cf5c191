//@ error: an `unsafe` block is not available to kernel extensions
#![no_std]
#![no_main]
fn prog() -> u32 {
    let word = rex::time();
    let bytes = &raw const word as *const u8;
    unsafe { *bytes.add(1) }.into()
}

rex::program!(prog);
