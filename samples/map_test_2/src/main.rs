// SPDX-License-Identifier: GPL-2.0

//! Uses every kind of map through its methods, whenever a task calls dup(2).

#![no_std]
#![no_main]

use core::fmt::Write;

use rex::map::{RexArrayMap, RexHashMap, RexQueue, RexRingBuf, RexStack};
use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
use rex::{Result, rex_map, rex_printk, rex_tracepoint};

#[rex_map]
static MAP_HASH: RexHashMap<u32, i64> = RexHashMap::new(1024, 0);

#[rex_map]
static MAP_ARRAY: RexArrayMap<u64> = RexArrayMap::new(256, 0);

#[rex_map]
static STACK: RexStack<i64> = RexStack::new(2, 0);

#[rex_map]
static QUEUE: RexQueue<i64> = RexQueue::new(2, 0);

#[rex_map]
static RINGBUF: RexRingBuf = RexRingBuf::new(4096, 0);

fn show(what: &str, value: Option<i64>) -> Result {
    match value {
        Some(value) => rex_printk!("{what}: {value}.\n"),
        None => rex_printk!("{what}: none.\n"),
    }
}

fn hash(pid: i64) -> Result {
    let key = 0;
    MAP_HASH.insert_new(&key, &pid)?;
    let twice = MAP_HASH.insert_new(&key, &pid);
    MAP_HASH.update(&key, &(pid + 1))?;
    show("Value in hash", MAP_HASH.get_mut(&key).map(|value| *value))?;
    MAP_HASH.delete(&key)?;
    rex_printk!("Second insert: {:?}, after delete: {:?}.\n", twice, MAP_HASH.update(&key, &pid))
}

fn array() -> Result {
    if let Some(count) = MAP_ARRAY.get_mut(&3) {
        *count += 1;
        rex_printk!("Runs: {}.\n", count)?;
    }
    rex_printk!("Out of range: {:?}, delete: {:?}.\n", MAP_ARRAY.insert(&256, &1), MAP_ARRAY.delete(&3))
}

fn stack(pid: i64) -> Result {
    STACK.push(&pid)?;
    STACK.push(&(pid + 1))?;
    rex_printk!("Push on full stack: {:?}.\n", STACK.push(&pid))?;
    show("Top of stack", STACK.peek())?;
    STACK.pop();
    show("Next top of stack", STACK.pop())?;
    show("Empty stack", STACK.pop())
}

fn queue(pid: i64) -> Result {
    QUEUE.push(&(pid - 1))?;
    QUEUE.push(&pid)?;
    QUEUE.force_push(&(pid + 1))?;
    show("Front of queue", QUEUE.peek())?;
    QUEUE.pop();
    show("Next front of queue", QUEUE.pop())?;
    show("Empty queue", QUEUE.pop())
}

fn ringbuf(pid: i64) -> Result {
    let available = || RINGBUF.available_bytes().unwrap_or(0);
    rex_printk!("Available bytes in ringbuf: {}.\n", available())?;
    if let Some(mut entry) = RINGBUF.reserve(32) {
        if write!(entry, "pid {pid}").is_err() {
            entry.discard(0);
            return Err(0);
        }
        entry.submit(0);
    }
    RINGBUF.output(&pid.to_le_bytes(), 0)?;
    // Dropped, so never seen.
    drop(RINGBUF.reserve(8));
    rex_printk!("Available bytes in ringbuf: {}.\n", available())
}

#[rex_tracepoint]
fn rex_prog1(obj: &tracepoint<SyscallsEnterDupCtx>, _: &'static SyscallsEnterDupCtx) -> Result {
    let Some(task) = obj.bpf_get_current_task() else {
        return Ok(0);
    };
    let pid = task.get_pid().into();
    hash(pid)?;
    array()?;
    stack(pid)?;
    queue(pid)?;
    ringbuf(pid)
}
