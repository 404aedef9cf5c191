//@ error: `-C instrument-coverage` cannot be given with `-C enable_rex`, which fixes it at `No`
//@ flags: -Cinstrument-coverage
#![no_std]
#![no_main]
fn prog() -> u32 {
    0
}

rex::program!(prog);
