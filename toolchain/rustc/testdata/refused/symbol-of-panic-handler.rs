//@ error: `rust_begin_unwind`, the panic handler's name, is taken
//@ shows: when code is made
#![no_std]
#![no_main]

#[allow(non_upper_case_globals)]
mod maps {
    rex::map!(rust_begin_unwind);
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
