#![no_std]
#![no_main]

#[allow(non_upper_case_globals)]
mod maps {
    rex::map!(counts);
    rex::map!(stackmap);
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
