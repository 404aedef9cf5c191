// SPDX-License-Identifier: GPL-2.0

//! Counts calls of open(2) and openat(2), and their returns.

#![no_std]
#![no_main]

use rex::map::RexArrayMap;
use rex::tracepoint::{
    SyscallsEnterOpenCtx, SyscallsEnterOpenatCtx, SyscallsExitOpenCtx, SyscallsExitOpenatCtx, TracepointContext,
    tracepoint,
};
use rex::{Result, rex_map, rex_tracepoint};

#[rex_map]
static enter_open_map: RexArrayMap<u32> = RexArrayMap::new(1, 0);

#[rex_map]
static exit_open_map: RexArrayMap<u32> = RexArrayMap::new(1, 0);

fn count<C: TracepointContext>(obj: &tracepoint<C>, map: &'static RexArrayMap<u32>) -> Result {
    match obj.bpf_map_lookup_elem(map, &0) {
        Some(calls) => *calls += 1,
        None => map.insert(&0, &1).map(|_| ())?,
    }
    Ok(0)
}

#[rex_tracepoint]
fn trace_enter_open(obj: &tracepoint<SyscallsEnterOpenCtx>, _: &'static SyscallsEnterOpenCtx) -> Result {
    count(obj, &enter_open_map)
}

#[rex_tracepoint]
fn trace_enter_open_at(obj: &tracepoint<SyscallsEnterOpenatCtx>, _: &'static SyscallsEnterOpenatCtx) -> Result {
    count(obj, &enter_open_map)
}

#[rex_tracepoint]
fn trace_enter_exit(obj: &tracepoint<SyscallsExitOpenCtx>, _: &'static SyscallsExitOpenCtx) -> Result {
    count(obj, &exit_open_map)
}

#[rex_tracepoint]
fn trace_enter_exit_at(obj: &tracepoint<SyscallsExitOpenatCtx>, _: &'static SyscallsExitOpenatCtx) -> Result {
    count(obj, &exit_open_map)
}
