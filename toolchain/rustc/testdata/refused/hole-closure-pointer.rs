//@ error: a pointer to this function is not available
#![no_std]
#![no_main]

// rust-lang/rust#25860, by a closure.
fn shorten<'a, 'b, T>(value: &'b T, _: &'a &'b ()) -> &'a T {
    value
}
fn forever<'a, T>(value: &'a T) -> &'static T {
    let f: for<'x, 'y> fn(&'y T, &'x &'y ()) -> &'x T = |value, unit| shorten(value, unit);
    let f: fn(&'a T, &'static &'static ()) -> &'static T = f;
    f(value, &&())
}
fn prog() -> u32 {
    let n = rex::time() as u32;
    *forever(&n)
}

rex::program!(prog);
