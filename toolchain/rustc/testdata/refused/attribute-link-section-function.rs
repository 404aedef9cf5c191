//@ error: attribute `link_section`
#![no_std]
#![no_main]

#[unsafe(link_section = ".init.text")]
fn f() {}
fn prog() -> u32 {
    0
}

rex::program!(prog);
