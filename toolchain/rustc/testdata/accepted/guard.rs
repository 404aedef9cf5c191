#![no_std]
#![no_main]

fn prog() -> u32 {
    let guard = rex::lock();
    let n = rex::time() as u32;
    drop(guard);
    n
}

rex::program!(prog);
