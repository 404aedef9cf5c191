//@ error: a `union`
#![no_std]
#![no_main]

union U {
    a: u32,
    b: *const u32,
}
fn prog() -> u32 {
    let u = U { a: 1 };
    unsafe { u.b as u32 }
}

rex::program!(prog);
