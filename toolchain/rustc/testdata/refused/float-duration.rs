//@ error: type `f64`
#![no_std]
#![no_main]

use core::time::Duration;
fn prog() -> u32 {
    (Duration::from_nanos(rex::time()).as_secs_f64() > Duration::from_secs(1).as_secs_f64()) as u32
}

rex::program!(prog);
