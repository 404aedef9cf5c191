// SPDX-License-Identifier: GPL-2.0

//! What is measured; `twins.bpf.c` does the same in eBPF, under the same names.

#![no_std]
#![no_main]

use core::hint::black_box;

use rex::kprobe::kprobe;
use rex::linux::bpf::bpf_spin_lock;
use rex::map::{RexArrayMap, RexHashMap};
use rex::pt_regs::PtRegs;
use rex::sched_cls::{__sk_buff, sched_cls};
use rex::spinlock::rex_spinlock_guard;
use rex::{Result, rex_kprobe, rex_map, rex_tc};

/// Operations in one run; `loader.c` divides by it.
const TIMES: u32 = 100;

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Locked {
    lock: bpf_spin_lock,
    value: u32,
}

#[rex_map]
static ARRAY: RexArrayMap<u64> = RexArrayMap::new(TIMES, 0);

#[rex_map]
static HASH: RexHashMap<u32, u64> = RexHashMap::new(TIMES, 0);

#[rex_map]
static LOCKED: RexArrayMap<Locked> = RexArrayMap::new(1, 0);

#[rex_kprobe]
fn empty(_: &kprobe, _: &mut PtRegs) -> Result {
    Ok(0)
}

#[rex_kprobe]
fn array(obj: &kprobe, _: &mut PtRegs) -> Result {
    let mut sum = 0;
    for key in 0..TIMES {
        sum += *obj.bpf_map_lookup_elem(&ARRAY, &key).ok_or(1)?;
    }
    Ok(black_box(sum) as i32)
}

#[rex_kprobe]
fn hash(obj: &kprobe, _: &mut PtRegs) -> Result {
    let mut sum = 0;
    for key in 0..TIMES {
        sum += *obj.bpf_map_lookup_elem(&HASH, &key).ok_or(1)?;
    }
    Ok(black_box(sum) as i32)
}

#[rex_tc]
fn empty_tc(_: &sched_cls, _: &mut __sk_buff) -> Result {
    Ok(0)
}

#[rex_tc]
fn lock(_: &sched_cls, _: &mut __sk_buff) -> Result {
    let locked = LOCKED.get_mut(&0).ok_or(1)?;
    for _ in 0..TIMES {
        let _guard = rex_spinlock_guard::new(&mut locked.lock);
        locked.value += 1;
    }
    Ok(0)
}

#[inline(never)]
fn descend(left: u32) -> u32 {
    if left == 0 { 0 } else { black_box(descend(left - 1)) + 1 }
}

#[rex_kprobe]
fn recursion(_: &kprobe, _: &mut PtRegs) -> Result {
    Ok(descend(black_box(33)) as i32)
}
