//@ error: an unsafe operation is not available
#![no_std]
#![no_main]

fn prog() -> u32 {
    let all = [1u32, 2];
    rex::careless!(*all.get_unchecked(rex::time() as usize))
}

rex::program!(prog);
