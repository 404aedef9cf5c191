// SPDX-License-Identifier: GPL-2.0

//! What is measured; `ebpf/twins.bpf.c` does the same in eBPF, under the same names.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::sync::atomic::{AtomicU64, Ordering};

use rex::kprobe::kprobe;
use rex::linux::bpf::bpf_spin_lock;
use rex::map::{RexArrayMap, RexHashMap, RexLruHashMap, RexPerCPUArrayMap, RexQueue, RexRingBuf, RexStack};
use rex::pt_regs::PtRegs;
use rex::sched_cls::{__sk_buff, sched_cls};
use rex::spinlock::rex_spinlock_guard;
use rex::xdp::IPPROTO_UDP;
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
static PER_CPU: RexPerCPUArrayMap<u64> = RexPerCPUArrayMap::new(TIMES, 0);

/// Twice as many: near its limit it makes room early.
#[rex_map]
static LRU: RexLruHashMap<u32, u64> = RexLruHashMap::new(2 * TIMES, 0);

#[rex_map]
static STACK: RexStack<u64> = RexStack::new(TIMES, 0);

#[rex_map]
static QUEUE: RexQueue<u64> = RexQueue::new(TIMES, 0);

/// As large as all runs need: nobody reads it, and only reading frees what was discarded.
#[rex_map]
static RING: RexRingBuf = RexRingBuf::new(1 << 20, 0);

static COUNTER: AtomicU64 = AtomicU64::new(0);

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

#[rex_kprobe]
fn array_update(_: &kprobe, _: &mut PtRegs) -> Result {
    for key in 0..TIMES {
        ARRAY.insert(&key, &1)?;
    }
    Ok(0)
}

#[rex_kprobe]
fn hash_update(_: &kprobe, _: &mut PtRegs) -> Result {
    for key in 0..TIMES {
        HASH.insert(&key, &1)?;
    }
    Ok(0)
}

#[rex_kprobe]
fn hash_delete(_: &kprobe, _: &mut PtRegs) -> Result {
    for key in 0..TIMES {
        HASH.delete(&key)?;
        HASH.insert_new(&key, &1)?;
    }
    Ok(0)
}

#[rex_kprobe]
fn lru_update(_: &kprobe, _: &mut PtRegs) -> Result {
    for key in 0..TIMES {
        LRU.insert(&key, &1)?;
    }
    Ok(0)
}

#[rex_kprobe]
fn lru(_: &kprobe, _: &mut PtRegs) -> Result {
    let mut sum = 0;
    for key in 0..TIMES {
        sum += *LRU.get_mut(&key).ok_or(1)?;
    }
    Ok(black_box(sum) as i32)
}

#[rex_kprobe]
fn per_cpu(obj: &kprobe, _: &mut PtRegs) -> Result {
    let mut sum = 0;
    for key in 0..TIMES {
        sum += *obj.bpf_map_lookup_elem(&PER_CPU, &key).ok_or(1)?;
    }
    Ok(black_box(sum) as i32)
}

#[rex_kprobe]
fn stack(_: &kprobe, _: &mut PtRegs) -> Result {
    let mut sum = 0;
    for _ in 0..TIMES {
        STACK.push(&1)?;
        sum += STACK.pop().ok_or(1)?;
    }
    Ok(black_box(sum) as i32)
}

#[rex_kprobe]
fn queue(_: &kprobe, _: &mut PtRegs) -> Result {
    let mut sum = 0;
    for _ in 0..TIMES {
        QUEUE.push(&1)?;
        sum += QUEUE.pop().ok_or(1)?;
    }
    Ok(black_box(sum) as i32)
}

#[rex_kprobe]
fn ring(_: &kprobe, _: &mut PtRegs) -> Result {
    for _ in 0..TIMES {
        let mut entry = RING.reserve(8).ok_or(1)?;
        entry[0] = 1;
        entry.discard(0);
    }
    Ok(0)
}

#[rex_kprobe]
fn atomic(_: &kprobe, _: &mut PtRegs) -> Result {
    for _ in 0..TIMES {
        COUNTER.fetch_add(1, Ordering::Relaxed);
    }
    Ok(0)
}

/// Where a packet of UDP goes to.
#[rex_tc]
fn parse(obj: &sched_cls, skb: &mut __sk_buff) -> Result {
    if skb.data_slice.len() < 42 || u16::from_be(obj.eth_header(skb).h_proto) != 0x0800 || obj.ip_header(skb).protocol as u32 != IPPROTO_UDP {
        return Ok(0);
    }
    Ok(u16::from_be(obj.udp_header(skb).dest).into())
}

#[rex_tc]
fn base_tc(_: &sched_cls, skb: &mut __sk_buff) -> Result {
    Ok((skb.data_slice.len() == 0).into())
}

/// What all but the empty one are compared without.
#[rex_kprobe]
fn base(_: &kprobe, regs: &mut PtRegs) -> Result {
    Ok((regs.rdi() == 0).into())
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

/// As deep as the trigger says.
#[rex_kprobe]
fn recursion(_: &kprobe, regs: &mut PtRegs) -> Result {
    Ok(descend(regs.rdi() as u32) as i32)
}
