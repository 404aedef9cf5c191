#![no_std]
#![no_main]

use core::time::Duration;
fn prog() -> u32 {
    Duration::from_nanos(rex::time()).as_millis() as u32
}

rex::program!(prog);
