#![no_std]
#![no_main]

use core::net::Ipv4Addr;
fn prog() -> u32 {
    Ipv4Addr::from(rex::time() as u32).is_private() as u32
}

rex::program!(prog);
