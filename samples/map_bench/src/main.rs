// SPDX-License-Identifier: GPL-2.0

//! What operations on maps take, kind by kind.

#![no_std]
#![no_main]

use core::hint::black_box;

use rex::kprobe::kprobe;
use rex::map::{RexArrayMap, RexHashMap, RexLruHashMap, RexPerCPUArrayMap, RexQueue, RexRingBuf, RexStack};
use rex::pt_regs::PtRegs;
use rex::{Result, rex_kprobe, rex_map, rex_printk};

/// Operations of a kind in one run.
const TIMES: u32 = 1000;

#[rex_map]
static ARRAY: RexArrayMap<u64> = RexArrayMap::new(TIMES, 0);

#[rex_map]
static PER_CPU: RexPerCPUArrayMap<u64> = RexPerCPUArrayMap::new(TIMES, 0);

#[rex_map]
static HASH: RexHashMap<u32, u64> = RexHashMap::new(TIMES, 0);

/// Twice as many: near its limit it makes room early.
#[rex_map]
static LRU: RexLruHashMap<u32, u64> = RexLruHashMap::new(2 * TIMES, 0);

#[rex_map]
static STACK: RexStack<u64> = RexStack::new(TIMES, 0);

#[rex_map]
static QUEUE: RexQueue<u64> = RexQueue::new(TIMES, 0);

#[rex_map]
static RING: RexRingBuf = RexRingBuf::new(1 << 16, 0);

/// Does something `TIMES` times, with keys from 0, and says how long that took; or what went wrong, and with which key.
fn time(obj: &kprobe, what: &str, operation: impl Fn(u32) -> Result) -> Result {
    let start = obj.bpf_ktime_get_ns();
    for key in 0..TIMES {
        if let Err(code) = operation(key) {
            return rex_printk!("{} of {} failed: {}\n", what, key, code);
        }
    }
    let elapsed = obj.bpf_ktime_get_ns() - start;
    rex_printk!("Time elapsed: {} ns for {} times {}\n", elapsed, TIMES, what)
}

/// What there is to a lookup: the value is read, whatever it is.
fn read(value: Option<&mut u64>) -> Result {
    black_box(*value.ok_or(-1)?);
    Ok(0)
}

#[rex_kprobe(function = "kprobe_target_func")]
fn rex_prog1(obj: &kprobe, _: &mut PtRegs) -> Result {
    time(obj, "array update", |key| ARRAY.insert(&key, &1))?;
    time(obj, "array lookup", |key| read(ARRAY.get_mut(&key)))?;
    // Each processor has values of its own. This one's are reached by helpers, as in C.
    time(obj, "per-CPU array lookup", |key| read(obj.bpf_map_lookup_elem(&PER_CPU, &key)))?;
    time(obj, "hash insert", |key| HASH.insert_new(&key, &1))?;
    time(obj, "hash update", |key| HASH.update(&key, &2))?;
    time(obj, "hash lookup", |key| read(HASH.get_mut(&key)))?;
    time(obj, "hash delete", |key| HASH.delete(&key))?;
    time(obj, "LRU hash update", |key| LRU.insert(&key, &1))?;
    time(obj, "LRU hash lookup", |key| read(LRU.get_mut(&key)))?;
    time(obj, "stack push", |key| STACK.push(&key.into()))?;
    time(obj, "stack pop", |_| read(STACK.pop().as_mut()))?;
    time(obj, "queue push", |key| QUEUE.push(&key.into()))?;
    time(obj, "queue pop", |_| read(QUEUE.pop().as_mut()))?;
    // Discarded or not, only reading makes room again: the ring has some for four runs.
    time(obj, "ring reserve and discard", |_| {
        RING.reserve(8).ok_or(-1)?.discard(0);
        Ok(0)
    })
}
