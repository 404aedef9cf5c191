//@ error: an `unsafe` block is not available to kernel extensions
#![no_std]
#![no_main]
fn stretch<'a>(text: &'a str) -> &'static str {
    unsafe { core::mem::transmute(text) }
}
fn prog() -> u32 {
    stretch("text").len() as u32
}

rex::program!(prog);
