//@ error: symbol `kernel_function` is not available
#![no_std]
#![no_main]

#[allow(non_upper_case_globals)]
mod maps {
    rex::map!(kernel_function);
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
