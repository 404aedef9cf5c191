#![no_std]
#![no_main]

fn prog() -> u32 {
    let Some(n) = 100u64.checked_sub(rex::time()) else {
        return 0;
    };
    n as u32
}

rex::program!(prog);
