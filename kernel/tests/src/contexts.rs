// SPDX-License-Identifier: GPL-2.0

//! Programs in places where little is allowed: in the middle of printk(), of an update of the time, or with a run queue locked.

use core::hint::black_box;

use rex::kprobe::kprobe;
use rex::map::{RexPerfEventArray, RexStack};
use rex::perf_event::{bpf_perf_event_data, perf_event};
use rex::pt_regs::PtRegs;
use rex::spinlock::rex_spinlock_guard;
use rex::{Result, rex_kprobe, rex_map, rex_perf_event};

use crate::misuse::LOCKED;
use crate::{answer, code};

#[rex_kprobe(function = "serial8250_start_tx")]
fn in_console(_: &kprobe, _: &mut PtRegs) -> Result {
    panic!("with the port's lock held")
}

#[rex_kprobe(function = "vprintk_emit")]
fn in_printk(_: &kprobe, _: &mut PtRegs) -> Result {
    panic!("in the middle of printk()")
}

#[rex_kprobe(function = "enqueue_task_fair")]
fn in_scheduler(_: &kprobe, _: &mut PtRegs) -> Result {
    panic!("with a run queue locked")
}

#[rex_kprobe(function = "update_vsyscall")]
fn in_timekeeping(obj: &kprobe, _: &mut PtRegs) -> Result {
    let coarse = obj.bpf_ktime_get_coarse_ns();
    answer(0, i64::from(coarse <= obj.bpf_ktime_get_ns()));
    answer(1, i64::from(black_box(obj.bpf_ktime_get_boot_ns()) > 0));
    Ok(0)
}

#[rex_kprobe(function = "chacha_block_generic")]
fn in_random(obj: &kprobe, _: &mut PtRegs) -> Result {
    black_box(obj.bpf_get_prandom_u32());
    answer(0, 1);
    Ok(0)
}

#[rex_map]
static RECORDS: RexPerfEventArray<u64> = RexPerfEventArray::new(4, 0);

#[rex_map]
static PLATES: RexStack<u32> = RexStack::new(2, 0);

/// Operations that a map has for user space, but not for programs: some of them sleep.
#[rex_kprobe(function = "kprobe_target_func")]
fn wrong_maps(obj: &kprobe, _: &mut PtRegs) -> Result {
    answer(0, code(obj.bpf_map_delete_elem(&RECORDS, &0)));
    answer(1, code(obj.bpf_map_update_elem(&RECORDS, &0, &0, 0)));
    answer(2, i64::from(obj.bpf_map_lookup_elem(&RECORDS, &0).is_none()));
    answer(3, code(obj.bpf_map_push_elem(&RECORDS, &0, 0)));
    answer(4, i64::from(obj.bpf_map_pop_elem(&RECORDS).is_none()));
    answer(5, code(obj.bpf_map_update_elem(&PLATES, &(), &0, 0)));
    Ok(0)
}

/// In the interrupt of a clock: wants the lock that `misuse` loops with on the other CPU.
#[rex_perf_event]
fn contends(_: &perf_event, _: &bpf_perf_event_data) -> Result {
    let Some(locked) = LOCKED.get_mut(&0) else { return Ok(1) };
    let _guard = rex_spinlock_guard::new(&mut locked.lock);
    Ok(0)
}

/// What is in its first bytes the loader changes.
#[rex_kprobe(function = "kprobe_target_func")]
fn victim(obj: &kprobe, regs: &mut PtRegs) -> Result {
    answer(0, obj.bpf_ktime_get_ns() as i64 | regs.rdi() as i64);
    Ok(0)
}
