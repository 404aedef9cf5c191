// SPDX-License-Identifier: GPL-2.0

//! Programs that end before their end: panics, loops and recursion, with and without resources of the kernel.

use core::fmt;

use rex::kprobe::kprobe;
use rex::linux::bpf::bpf_spin_lock;
use rex::map::{RexArrayMap, RexRingBuf};
use rex::pt_regs::PtRegs;
use rex::spinlock::rex_spinlock_guard;
use rex::task_struct::OwnedTaskStruct;
use rex::tracepoint::{SyscallsEnterOpenatCtx, tracepoint};
use rex::{Result, rex_kprobe, rex_map, rex_tracepoint};

use crate::answer;

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(crate) struct Locked {
    value: u64,
    pub(crate) lock: bpf_spin_lock,
    other: bpf_spin_lock,
}

#[rex_map]
pub(crate) static LOCKED: RexArrayMap<Locked> = RexArrayMap::new(1, 0);

#[rex_map]
static PENDING: RexRingBuf = RexRingBuf::new(4096, 0);

/// Says something endless.
struct Endless;

impl fmt::Display for Endless {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        spin()
    }
}

/// Panics while its panic is being told.
struct Nested;

impl fmt::Display for Nested {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("in a message")
    }
}

fn spin() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

#[inline(never)]
fn deep(n: u64) -> u64 {
    let room = core::hint::black_box([n; 32]);
    if n == u64::MAX { room[3] } else { deep(n + 1) + room[5] }
}

#[inline(never)]
fn inner(n: u64, list: &[u64]) -> u64 {
    list[n as usize]
}

#[inline(never)]
fn outer(n: u64) -> u64 {
    inner(n, &core::hint::black_box([1, 2, 3])) + 1
}

static NUMBERS: [i64; 3] = [1, 2, 3];

/// What to do wrong is the argument; `loader.c` has the same list.
#[rex_kprobe(function = "kprobe_target_func")]
fn misuse(_: &kprobe, regs: &mut PtRegs) -> Result {
    let (kind, argument) = (regs.rdi() & 0xff, regs.rdi() >> 8);
    let zero = kind & 1 & (kind >> 1) & 4;
    answer(0, kind as i64);
    match kind {
        0 => answer(1, NUMBERS[core::hint::black_box(7)]),
        1 => answer(1, core::hint::black_box(None::<i64>).unwrap()),
        2 => answer(1, (kind / zero) as i64),
        3 => panic!("explicit, kind {kind}"),
        4 => answer(1, outer(kind + 90) as i64),
        5 => {
            let Some(locked) = LOCKED.get_mut(&0) else { return Ok(1) };
            let _guard = rex_spinlock_guard::new(&mut locked.lock);
            locked.value += 1;
            panic!("with a lock, {}", locked.value);
        }
        6 => {
            let _entry = PENDING.reserve(64);
            panic!("with a reservation");
        }
        7 => {
            let task = OwnedTaskStruct::from_pid(1);
            panic!("with a task, {}", task.is_some());
        }
        8 => {
            let Some(locked) = LOCKED.get_mut(&0) else { return Ok(1) };
            let _one = rex_spinlock_guard::new(&mut locked.lock);
            let _two = rex_spinlock_guard::new(&mut locked.other);
        }
        9 => {
            let tasks: [_; 65] = core::array::from_fn(|_| OwnedTaskStruct::from_pid(1));
            answer(1, tasks.iter().flatten().count() as i64);
        }
        10 => answer(1, deep(0) as i64),
        11 => panic!("{Nested}"),
        12 => spin(),
        13 => {
            let Some(locked) = LOCKED.get_mut(&0) else { return Ok(1) };
            let _guard = rex_spinlock_guard::new(&mut locked.lock);
            spin();
        }
        14 => panic!("{Endless}"),
        15 => loop {
            // Nearly always in the kernel: the end waits for the helper's return.
            answer(1, 1);
        },
        16 => {
            let task = OwnedTaskStruct::from_pid(argument as i32);
            answer(1, task.map_or(-1, |task| task.get_pt_regs().rip() as i64));
        }
        _ => answer(1, 1),
    }
    Ok(0)
}

/// Whether the lock is free again: takes it, and counts.
#[rex_kprobe(function = "kprobe_target_func")]
fn lock(_: &kprobe, _: &mut PtRegs) -> Result {
    let Some(locked) = LOCKED.get_mut(&0) else { return Ok(1) };
    {
        let _guard = rex_spinlock_guard::new(&mut locked.lock);
        locked.value += 1;
    }
    answer(0, locked.value as i64);
    answer(1, PENDING.reserve(4080).map_or(0, |entry| entry.len() as i64));
    Ok(0)
}

/// Reads more of its hook's record than other hooks have.
#[rex_tracepoint]
fn openat(_: &tracepoint<SyscallsEnterOpenatCtx>, ctx: &'static SyscallsEnterOpenatCtx) -> Result {
    answer(0, ctx.mode);
    Ok(0)
}
