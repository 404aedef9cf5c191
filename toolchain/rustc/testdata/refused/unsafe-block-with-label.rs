//@ error: an `unsafe` block
#![no_std]
#![no_main]

fn prog() -> u32 {
    'a: loop {
        unsafe { break 'a 1 }
    }
}

rex::program!(prog);
