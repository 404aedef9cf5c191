//@ error: attribute `target_feature`
#![no_std]
#![no_main]

#[target_feature(enable = "sse2")]
unsafe fn f() {}
fn prog() -> u32 {
    0
}

rex::program!(prog);
