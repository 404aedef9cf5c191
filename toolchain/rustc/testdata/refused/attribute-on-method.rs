//@ error: attribute `no_mangle`
#![no_std]
#![no_main]

struct S;
impl S {
    #[unsafe(no_mangle)]
    pub fn f() {}
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
