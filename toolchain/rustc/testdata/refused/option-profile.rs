//@ error: `-C profile-generate` cannot be given
//@ flags: -Cprofile-generate
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
