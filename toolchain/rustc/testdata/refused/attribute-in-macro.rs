//@ error: attribute `no_mangle`
#![no_std]
#![no_main]

macro_rules! m {
    () => {
        #[unsafe(no_mangle)]
        pub fn f() {}
    };
}
m!();
fn prog() -> u32 {
    0
}

rex::program!(prog);
