#![no_std]
#![no_main]

use core::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
static COUNTS: [AtomicU32; 8] = [const { AtomicU32::new(0) }; 8];
static LOWEST: AtomicI64 = AtomicI64::new(i64::MAX);
static BEGUN: AtomicBool = AtomicBool::new(false);
fn prog() -> u32 {
    let time = rex::time();
    LOWEST.fetch_min(time as i64, Ordering::AcqRel);
    BEGUN.store(true, Ordering::Release);
    COUNTS[(time % 8) as usize].fetch_update(Ordering::SeqCst, Ordering::Relaxed, |n| n.checked_add(1)).unwrap_or(0)
}

rex::program!(prog);
