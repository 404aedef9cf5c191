#![no_std]
#![no_main]

use core::sync::atomic::{AtomicU32, Ordering};

struct Counter {
    runs: AtomicU32,
    limit: u32,
}

const LIMIT: Limit = Limit(3);
struct Limit(u32);

static COUNTER: Counter = Counter { runs: AtomicU32::new(0), limit: LIMIT.0 };
static COUNTERS: [Counter; 1] = [Counter { runs: AtomicU32::new(0), limit: 1 }];

fn prog() -> u32 {
    COUNTERS[0].runs.fetch_add(COUNTERS[0].limit, Ordering::Relaxed);
    COUNTER.runs.fetch_add(1, Ordering::Relaxed).min(COUNTER.limit)
}

rex::program!(prog);
