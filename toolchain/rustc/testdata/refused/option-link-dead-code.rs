//@ error: `-C` options for code generation and the link
//@ flags: -Clink-dead-code
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
