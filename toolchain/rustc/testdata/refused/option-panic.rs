//@ error: `-C panic` cannot be given
//@ flags: -Cpanic=unwind
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
