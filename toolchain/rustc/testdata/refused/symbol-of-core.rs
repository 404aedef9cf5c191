//@ error: symbol `memcpy` is not available
#![no_std]
#![no_main]

#[allow(non_upper_case_globals)]
mod maps {
    rex::map!(memcpy);
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
