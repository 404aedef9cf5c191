//@ error: a pointer to this function is not available
#![no_std]
#![no_main]

// rust-lang/rust#25860: the bound is in a struct.
struct Both<'a, 'b>(#[allow(dead_code)] &'a &'b ());
fn shorten<'a, 'b, T>(_: Both<'a, 'b>, value: &'b T) -> &'a T {
    value
}
fn forever<'a, T>(value: &'a T) -> &'static T {
    let f: fn(Both<'static, 'static>, &'a T) -> &'static T = shorten;
    f(Both(&&()), value)
}
fn prog() -> u32 {
    let n = rex::time() as u32;
    *forever(&n)
}

rex::program!(prog);
