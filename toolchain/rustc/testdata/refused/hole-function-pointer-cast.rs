//@ error: a pointer to this function is not available
#![no_std]
#![no_main]

// rust-lang/rust#25860, by `as`.
fn shorten<'a, 'b, T>(_: &'a &'b (), value: &'b T) -> &'a T {
    value
}
fn forever<'a, T>(value: &'a T) -> &'static T {
    let f = shorten as for<'x, 'y> fn(&'x &'y (), &'y T) -> &'x T;
    let f: fn(&'static &'static (), &'a T) -> &'static T = f;
    f(&&(), value)
}
fn prog() -> u32 {
    let n = rex::time() as u32;
    *forever(&n)
}

rex::program!(prog);
