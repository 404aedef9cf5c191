//@ error: `-C target-feature` cannot be given
//@ flags: -Ctarget-feature=+sse2
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
