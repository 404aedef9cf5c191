//@ error: an `unsafe` block is not available to kernel extensions
#![no_std]
#![no_main]
fn prog() -> u32 {
    let whole: &[u8] = unsafe { core::slice::from_raw_parts(16 as *const u8, 8) };
    whole[0].into()
}

rex::program!(prog);
