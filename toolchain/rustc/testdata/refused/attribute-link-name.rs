//@ error: attribute `link_name`
#![no_std]
#![no_main]

unsafe extern "C" {
    #[link_name = "panic"]
    safe fn f();
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
