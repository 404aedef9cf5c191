#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU64, Ordering};
static COUNT: AtomicU64 = AtomicU64::new(0);
fn prog() -> u32 {
    COUNT.fetch_add(rex::time(), Ordering::Relaxed) as u32
}

rex::program!(prog);
