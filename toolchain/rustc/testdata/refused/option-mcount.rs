//@ error: `-Z instrument-mcount` cannot be given
//@ flags: -Zinstrument-mcount=yes
#![no_std]
#![no_main]

fn prog() -> u32 {
    0
}

rex::program!(prog);
