//@ error: `-Z sanitizer` cannot be given with `-C enable_rex`
//@ flags: -Zsanitizer=address
#![no_std]
#![no_main]
fn prog() -> u32 {
    0
}

rex::program!(prog);
