//@ error: a pointer to this function is not available
#![no_std]
#![no_main]

// rust-lang/rust#25860: the pointer is an element.
fn shorten<'a, 'b>(_: &'a &'b (), value: &'b u32) -> &'a u32 {
    value
}
fn forever<'a>(value: &'a u32) -> &'static u32 {
    let table: [fn(&'static &'static (), &'a u32) -> &'static u32; 1] = [shorten];
    table[0](&&(), value)
}
fn prog() -> u32 {
    let n = rex::time() as u32;
    *forever(&n)
}

rex::program!(prog);
