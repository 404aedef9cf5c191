// SPDX-License-Identifier: GPL-2.0

//! Looks up, stores and finds again through the map helpers, whenever a task calls dup(2).

#![no_std]
#![no_main]

use rex::linux::bpf::{BPF_ANY, bpf_map_type};
use rex::map::{RexArrayMap, RexHashMap, RexMapHandle};
use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
use rex::{Result, rex_map, rex_printk, rex_tracepoint};

#[rex_map]
static MAP_HASH: RexHashMap<u32, i64> = RexHashMap::new(1024, 0);

#[rex_map]
static MAP_ARRAY: RexArrayMap<i64> = RexArrayMap::new(256, 0);

fn map_test<const MT: bpf_map_type>(
    obj: &tracepoint<SyscallsEnterDupCtx>,
    map: &'static RexMapHandle<MT, u32, i64>,
    number: u32,
) -> Result {
    let key: u32 = 0;

    rex_printk!("Map Testing {} Start with key {}\n", number, key)?;
    match obj.bpf_map_lookup_elem(map, &key) {
        None => rex_printk!("Not found.\n")?,
        Some(val) => rex_printk!("Found Val={}.\n", *val)?,
    };

    let Some(task) = obj.bpf_get_current_task() else {
        return Ok(0);
    };
    let pid = task.get_pid();
    rex_printk!("Rust program triggered from PID {}\n", pid)?;
    obj.bpf_map_update_elem(map, &key, &pid.into(), BPF_ANY as u64)?;
    match obj.bpf_map_lookup_elem(map, &key) {
        None => rex_printk!("Not found.\n"),
        Some(val) => rex_printk!("Found Val={}.\n", *val),
    }
}

#[rex_tracepoint]
fn rex_prog1(obj: &tracepoint<SyscallsEnterDupCtx>, _: &'static SyscallsEnterDupCtx) -> Result {
    map_test(obj, &MAP_HASH, 1)?;
    map_test(obj, &MAP_ARRAY, 2)?;
    // The next run starts as this one did.
    obj.bpf_map_delete_elem(&MAP_HASH, &0)
}
