//@ error: symbol `__rex_trap` is not available
#![no_std]
#![no_main]

#[allow(non_upper_case_globals)]
mod maps {
    rex::map!(__rex_trap);
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
