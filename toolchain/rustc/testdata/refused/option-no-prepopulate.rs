//@ error: `-C no-prepopulate-passes` cannot be given
//@ flags: -Cno-prepopulate-passes
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
