//@ error: a pointer to this function is not available
#![no_std]
#![no_main]

// rust-lang/rust#25860: what lives too short comes out of a parameter.
fn shorten<'a, 'b, T>(_: &'a &'b (), value: &'b T, out: &mut &'a T) {
    *out = value;
}
fn forever<'a, T>(value: &'a T, mut out: &'static T) -> &'static T {
    let f: fn(&'static &'static (), &'a T, &mut &'static T) = shorten;
    f(&&(), value, &mut out);
    out
}
fn prog() -> u32 {
    let n = rex::time() as u32;
    *forever(&n, &0)
}

rex::program!(prog);
