//@ error: `-C llvm-args` cannot be given
//@ flags: -Cllvm-args=-x86-asm-syntax=intel
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
