//@ error: an `unsafe` block
#![no_std]
#![no_main]

macro_rules! make {
    ($name:ident, $word:tt) => { macro_rules! $name { ($v:expr) => { $word { *$v } }; } };
}
make!(read, unsafe);
fn prog() -> u32 {
    read!(rex::time() as *const u32)
}

rex::program!(prog);
