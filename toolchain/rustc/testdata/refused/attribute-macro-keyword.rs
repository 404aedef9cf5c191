//@ error: attribute `no_mangle`
#![no_std]
#![no_main]

macro_rules! m {
    ($a:meta) => {
        #[$a]
        pub fn f() {}
    };
}
m!(unsafe(no_mangle));
fn prog() -> u32 {
    0
}

rex::program!(prog);
