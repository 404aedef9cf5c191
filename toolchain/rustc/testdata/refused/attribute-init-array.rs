//@ error: attribute `link_section`
#![no_std]
#![no_main]

extern "C" fn f() {}
#[used]
#[unsafe(link_section = ".init_array")]
static S: extern "C" fn() = f;
fn prog() -> u32 {
    0
}

rex::program!(prog);
