//@ error: attribute `no_mangle`
#![no_std]
#![no_main]

rex::hand_on! {
    #[unsafe(no_mangle)]
    pub fn memcpy() {}
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
