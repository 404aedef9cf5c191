// SPDX-License-Identifier: GPL-2.0

//! Counts the stacks in which a perf event hits.

#![no_std]
#![no_main]

use rex::linux::bpf::{BPF_F_FAST_STACK_CMP, BPF_F_REUSE_STACKID, BPF_F_USER_STACK, bpf_perf_event_value};
use rex::linux::perf_event::PERF_MAX_STACK_DEPTH;
use rex::map::{RexHashMap, RexStackTrace};
use rex::perf_event::{bpf_perf_event_data, perf_event};
use rex::{Result, rex_map, rex_perf_event, rex_printk};

#[derive(Clone, Copy)]
#[repr(C)]
struct Key {
    comm: [u8; 16],
    kernel_stack: i32,
    user_stack: i32,
}

#[rex_map]
static counts: RexHashMap<Key, u64> = RexHashMap::new(10000, 0);

#[rex_map]
static stackmap: RexStackTrace<u32, [u64; PERF_MAX_STACK_DEPTH as usize]> = RexStackTrace::new(10000, 0);

const STACK_FLAGS: u64 = (BPF_F_FAST_STACK_CMP | BPF_F_REUSE_STACKID) as u64;

#[rex_perf_event]
fn rex_prog1(obj: &perf_event, ctx: &bpf_perf_event_data) -> Result {
    if ctx.sample_period() < 10000 {
        return Ok(0); // frequency mode: skip the first samples
    }
    let Some(task) = obj.bpf_get_current_task() else {
        return Ok(0);
    };
    let mut key = Key {
        comm: [0; 16],
        kernel_stack: obj.bpf_get_stackid_pe(ctx, &stackmap, STACK_FLAGS).unwrap_or(-1),
        user_stack: obj.bpf_get_stackid_pe(ctx, &stackmap, STACK_FLAGS | BPF_F_USER_STACK as u64).unwrap_or(-1),
    };
    if key.kernel_stack < 0 && key.user_stack < 0 {
        return Ok(0);
    }
    if let Ok(comm) = task.get_comm() {
        let comm = comm.to_bytes();
        key.comm[..comm.len()].copy_from_slice(comm);
    }
    if let Some(count) = counts.get_mut(&key) {
        *count += 1;
        return Ok(0);
    }
    counts.insert_new(&key, &1)?;
    let mut value = bpf_perf_event_value { counter: 0, enabled: 0, running: 0 };
    match obj.bpf_perf_prog_read_value(ctx, &mut value) {
        Ok(_) => rex_printk!("Time Enabled: {}, Time Running: {}\n", value.enabled, value.running),
        Err(code) => rex_printk!("Get Time Failed, ErrCode: {}\n", code),
    }
}
