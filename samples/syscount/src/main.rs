// SPDX-License-Identifier: GPL-2.0

//! Counts system calls, their errors and their time.

#![no_std]
#![no_main]

use rex::map::RexHashMap;
use rex::tracepoint::{RawSyscallsEnterCtx, RawSyscallsExitCtx, tracepoint};
use rex::{Result, rex_map, rex_tracepoint};

/// Calls by number.
#[rex_map]
static SYSCALL_COUNTS: RexHashMap<u32, u64> = RexHashMap::new(512, 0);

/// Calls that failed, by number.
#[rex_map]
static SYSCALL_ERRORS: RexHashMap<u32, u64> = RexHashMap::new(512, 0);

/// Nanoseconds spent in calls, by number.
#[rex_map]
static SYSCALL_LATENCY: RexHashMap<u32, u64> = RexHashMap::new(512, 0);

/// When a thread entered its call.
#[rex_map]
static SYSCALL_START: RexHashMap<i32, u64> = RexHashMap::new(10240, 0);

fn add(map: &'static RexHashMap<u32, u64>, id: u32, value: u64) -> Result {
    match map.get_mut(&id) {
        Some(sum) => {
            *sum += value;
            Ok(0)
        }
        None => map.insert(&id, &value),
    }
}

#[rex_tracepoint]
fn sys_enter(obj: &tracepoint<RawSyscallsEnterCtx>, ctx: &'static RawSyscallsEnterCtx) -> Result {
    let Some(task) = obj.bpf_get_current_task() else {
        return Ok(0);
    };
    SYSCALL_START.insert(&task.get_pid(), &obj.bpf_ktime_get_ns())?;
    add(&SYSCALL_COUNTS, ctx.id as u32, 1)
}

#[rex_tracepoint]
fn sys_exit(obj: &tracepoint<RawSyscallsExitCtx>, ctx: &'static RawSyscallsExitCtx) -> Result {
    let Some(task) = obj.bpf_get_current_task() else {
        return Ok(0);
    };
    let id = ctx.id as u32;
    if ctx.ret < 0 {
        add(&SYSCALL_ERRORS, id, 1)?;
    }
    let pid = task.get_pid();
    let Some(start) = SYSCALL_START.get_mut(&pid).map(|start| *start) else {
        return Ok(0);
    };
    SYSCALL_START.delete(&pid)?;
    add(&SYSCALL_LATENCY, id, obj.bpf_ktime_get_ns().saturating_sub(start))
}
