//@ error: attribute `link`
#![no_std]
#![no_main]

#[link(name = "evil", kind = "static")]
unsafe extern "C" {}
fn prog() -> u32 {
    0
}

rex::program!(prog);
