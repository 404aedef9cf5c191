// SPDX-License-Identifier: GPL-2.0

//! Programs that are run inside of one another: a classifier that sends its packet through itself, and a
//! probe on the helper that it does so with. And programs that wait to be interrupted by others.

use core::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};

use rex::kprobe::kprobe;
use rex::perf_event::{bpf_perf_event_data, perf_event};
use rex::pt_regs::PtRegs;
use rex::sched_cls::{__sk_buff, TC_ACT_OK, sched_cls};
use rex::xdp::{XDP_PASS, xdp, xdp_md};
use rex::{Result, rex_kprobe, rex_perf_event, rex_tc, rex_xdp};

use crate::{answer, code};

static DEPTH: AtomicI64 = AtomicI64::new(0);
static DEEPEST: AtomicI64 = AtomicI64::new(0);
static PROBED: AtomicI64 = AtomicI64::new(0);

#[rex_tc]
fn again(obj: &sched_cls, skb: &mut __sk_buff) -> Result {
    let depth = DEPTH.fetch_add(1, Relaxed) + 1;
    answer(0, DEEPEST.fetch_max(depth, Relaxed).max(depth));
    let device = skb.ifindex();
    let sent = obj.bpf_clone_redirect(skb, device, 0);
    answer(20 + depth as u32, code(sent));
    DEPTH.fetch_sub(1, Relaxed);
    Ok(TC_ACT_OK as i32)
}

#[rex_kprobe(function = "bpf_clone_redirect")]
fn inside(_: &kprobe, _: &mut PtRegs) -> Result {
    answer(1, PROBED.fetch_add(1, Relaxed) + 1);
    Ok(0)
}

/// The same, but as deep as that it panics, and nobody around it is to notice.
#[rex_kprobe(function = "bpf_clone_redirect")]
fn panics_inside(_: &kprobe, _: &mut PtRegs) -> Result {
    answer(2, PROBED.fetch_add(1, Relaxed) + 1);
    panic!("inside of another program")
}

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether another program comes in between.
fn wait() -> bool {
    INTERRUPTED.store(false, Relaxed);
    (0..100_000_000_u64).any(|_| {
        core::hint::spin_loop();
        INTERRUPTED.load(Relaxed)
    })
}

#[rex_kprobe(function = "kprobe_target_func")]
fn waits_in_task(_: &kprobe, _: &mut PtRegs) -> Result {
    answer(0, i64::from(wait()));
    Ok(0)
}

#[rex_xdp]
fn waits_in_softirq(_: &xdp, _: &mut xdp_md) -> Result {
    answer(0, i64::from(wait()));
    Ok(XDP_PASS as i32)
}

#[rex_xdp]
fn softirq(_: &xdp, _: &mut xdp_md) -> Result {
    INTERRUPTED.store(true, Relaxed);
    Ok(XDP_PASS as i32)
}

#[rex_xdp]
fn panics_in_softirq(_: &xdp, _: &mut xdp_md) -> Result {
    INTERRUPTED.store(true, Relaxed);
    panic!("interrupting another program")
}

#[rex_perf_event]
fn hardirq(_: &perf_event, _: &bpf_perf_event_data) -> Result {
    INTERRUPTED.store(true, Relaxed);
    Ok(0)
}
