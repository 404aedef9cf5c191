// SPDX-License-Identifier: GPL-2.0

//! What mutants are made of, beside samples: a little of everything that programs do.

#![no_std]
#![no_main]

use core::fmt::Write;

use rex::kprobe::kprobe;
use rex::map::{RexArrayMap, RexHashMap, RexRingBuf, RexStack};
use rex::pt_regs::PtRegs;
use rex::spinlock::{bpf_spin_lock, rex_spinlock_guard};
use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
use rex::xdp::{XDP_DROP, XDP_PASS, xdp, xdp_md};
use rex::{Result, rex_kprobe, rex_map, rex_printk, rex_tracepoint, rex_xdp};

#[derive(Clone, Copy)]
struct Entry {
    lock: bpf_spin_lock,
    runs: u32,
    last: [u64; 4],
}

#[rex_map]
static ENTRIES: RexArrayMap<Entry> = RexArrayMap::new(8, 0);

#[rex_map]
static SEEN: RexHashMap<u32, [u32; 6]> = RexHashMap::new(64, 0);

#[rex_map]
static LAST: RexStack<u64> = RexStack::new(4, 0);

#[rex_map]
static EVENTS: RexRingBuf = RexRingBuf::new(4096, 0);

#[rex_tracepoint]
fn on_dup(obj: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
    let Some(task) = obj.bpf_get_current_task() else {
        return Ok(0);
    };
    let key = ctx.fildes as u32 % 16;
    if let Some(entry) = ENTRIES.get_mut(&(key % 9)) {
        let _guard = rex_spinlock_guard::new(&mut entry.lock);
        let at = entry.runs as usize % entry.last.len();
        entry.last[at] = ctx.fildes;
        entry.runs += 1;
    }
    match SEEN.get_mut(&key) {
        Some(seen) => seen[(ctx.fildes as usize / 16) % 6] += 1,
        None => {
            SEEN.insert(&key, &[1, 0, 0, 0, 0, 0])?;
        }
    }
    if let Some(mut event) = EVENTS.reserve(16) {
        event.copy_from_slice(&[ctx.fildes.to_le_bytes(), u64::from(key).to_le_bytes()].as_flattened()[..16]);
        event.submit(0);
    }
    rex_printk!("{} {} {}\n", task.get_pid(), key, u64::MAX / (u64::from(key) + 1))
}

#[rex_kprobe(function = "kprobe_target_func")]
fn on_call(_: &kprobe, regs: &mut PtRegs) -> Result {
    let mut table = [0u32; 16];
    let mut state = regs.rdi() as u32;
    for turn in 0..64usize {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        table[(state >> 28) as usize] += turn as u32;
    }
    let most = table.iter().copied().max().unwrap_or(0);
    LAST.force_push(&(u64::from(most) / u64::from(table[0].max(1))))?;
    if let Some(last) = LAST.pop() {
        let mut text = Text { bytes: [0; 24], len: 0 };
        if write!(text, "{last:x}").is_ok() {
            return Ok(text.bytes[text.len / 2].into());
        }
    }
    Ok(0)
}

struct Text {
    bytes: [u8; 24],
    len: usize,
}

impl Write for Text {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        for &byte in s.as_bytes() {
            *self.bytes.get_mut(self.len).ok_or(core::fmt::Error)? = byte;
            self.len += 1;
        }
        Ok(())
    }
}

#[rex_xdp]
fn on_packet(obj: &xdp, ctx: &mut xdp_md) -> Result {
    let packet = &ctx.data_slice;
    let sum: u32 = packet.iter().map(|&byte| u32::from(byte)).sum();
    let port = packet.get(36..38).map_or(0, |bytes| u16::from_be_bytes([bytes[0], bytes[1]]));
    if port == 4712 {
        obj.bpf_xdp_adjust_tail(ctx, -2)?;
    }
    Ok(if sum % 7 == 6 { XDP_DROP } else { XDP_PASS } as i32)
}
