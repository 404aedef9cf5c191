//@ error: `-Z llvm-plugins` cannot be given
//@ flags: -Zllvm-plugins=evil.so
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
