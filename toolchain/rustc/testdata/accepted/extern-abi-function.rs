#![no_std]
#![no_main]

extern "C" fn callback(n: u32) -> u32 {
    n + 1
}
fn prog() -> u32 {
    callback(rex::time() as u32)
}

rex::program!(prog);
