// SPDX-License-Identifier: GPL-2.0

//! Replicas of a log agree without waking up: the steady state of Multi-Paxos, in the network's hooks.
//!
//! A leader asks two followers to accept what is to be in the next slot of the log, and has it once one of them has. Three parts of
//! that need no process: one packet becomes one for each follower as it leaves; a follower accepts as it arrives (feature
//! `fast_reply`); and of the answers, the one that completes a majority goes to the leader's process, no other
//! (`fast_quorum_prune`). All else, such as another leader, or what is missing after a loss, is for the processes: `trigger.c`.

#![no_std]
#![no_main]

mod common;

use common::*;
#[cfg(feature = "fast_reply")]
use rex::linux::bpf::BPF_RB_NO_WAKEUP;
use rex::sched_cls::{__sk_buff, TC_ACT_OK, TC_ACT_SHOT, sched_cls};
use rex::spinlock::rex_spinlock_guard;
use rex::utils::Result;
use rex::xdp::*;
use rex::{rex_tc, rex_xdp};

#[rex_xdp]
fn fast_paxos_main(obj: &xdp, ctx: &mut xdp_md) -> Result {
    if !is_message(ctx.data_slice) {
        return Ok(XDP_PASS as i32);
    }
    let verdict = match u32_at(ctx.data_slice, KIND) {
        #[cfg(feature = "fast_reply")]
        ACCEPT => accept(obj, ctx),
        #[cfg(feature = "fast_quorum_prune")]
        ACCEPTED => prune(u32_at(ctx.data_slice, VIEW), u32_at(ctx.data_slice, SLOT), u32_at(ctx.data_slice, REPLICA)),
        _ => XDP_PASS,
    };
    let _ = obj;
    Ok(verdict as i32)
}

/// Accepts what comes next, and what was accepted already; the packet becomes the answer. A process sees what comes too early.
#[cfg(feature = "fast_reply")]
fn accept(obj: &xdp, ctx: &mut xdp_md) -> u32 {
    let (view, slot) = (u32_at(ctx.data_slice, VIEW), u32_at(ctx.data_slice, SLOT));
    let Some(state) = STATE.get_mut(&0) else {
        return XDP_PASS;
    };
    // There is room before the decision is made: a process that ends the view, and then sees this room taken, waits for what comes of it.
    let entry = LOG.reserve(END - VIEW);
    let guard = rex_spinlock_guard::new(&mut state.lock);
    let ours = state.follows != 0 && view == state.view;
    let known = ours && slot <= state.last;
    let next = ours && slot == state.last + 1 && entry.is_some();
    state.last += next as u32;
    state.heard += ours as u32;
    drop(guard);
    match entry {
        Some(mut entry) if next => {
            entry.copy_from_slice(&ctx.data_slice[VIEW..END]);
            entry.submit(BPF_RB_NO_WAKEUP as u64);
        }
        Some(entry) => entry.discard(BPF_RB_NO_WAKEUP as u64),
        None => {}
    }
    if !known && !next {
        return XDP_PASS;
    }
    let mut ethernet = obj.eth_header(ctx);
    (ethernet.h_dest, ethernet.h_source) = (ethernet.h_source, ethernet.h_dest);
    drop(ethernet);
    let mut ip = obj.ip_header(ctx);
    let (from, to) = (*ip.saddr(), *ip.daddr());
    (*ip.saddr(), *ip.daddr()) = (to, from);
    ip.ttl = 64;
    ip.check = compute_ip_checksum(&mut ip);
    drop(ip);
    let mut udp = obj.udp_header(ctx);
    (udp.source, udp.dest) = (udp.dest, udp.source);
    udp.check = 0; // none, as IPv4 allows
    drop(udp);
    // Replica N has the address 10.0.(N-1).2, which is now the sender's.
    let replica = ctx.data_slice[IP + 14] + 1;
    ctx.data_slice[KIND..VIEW].copy_from_slice(&ACCEPTED.to_be_bytes());
    ctx.data_slice[REPLICA..VALUE].copy_from_slice(&(replica as u32).to_be_bytes());
    XDP_TX
}

/// Lets an acceptance pass if a majority is complete with it; the leader itself is one.
#[cfg(feature = "fast_quorum_prune")]
fn prune(view: u32, slot: u32, replica: u32) -> u32 {
    let index = slot % QUORUMS;
    let Some(quorum) = QUORUM.get_mut(&index) else {
        return XDP_PASS;
    };
    let _guard = rex_spinlock_guard::new(&mut quorum.lock);
    if (quorum.view, quorum.slot) != (view, slot) {
        (quorum.view, quorum.slot, quorum.who) = (view, slot, 1);
    }
    let complete = |who: u32| who.count_ones() > REPLICAS / 2;
    let before = quorum.who;
    quorum.who |= 1 << (replica % 32);
    // Who says so twice was asked twice: the process has not heard of it.
    let completes = !complete(before) && complete(quorum.who);
    if completes || before == quorum.who { XDP_PASS } else { XDP_DROP }
}

#[rex_tc]
fn fast_broad_cast_main(obj: &sched_cls, skb: &mut __sk_buff) -> Result {
    if !is_message(skb.data_slice) {
        return Ok(TC_ACT_OK as i32);
    }
    let (view, slot) = (u32_at(skb.data_slice, VIEW), u32_at(skb.data_slice, SLOT));
    match u32_at(skb.data_slice, KIND) {
        ACCEPT_ALL => broadcast(obj, skb),
        HOLD => Ok(move_on(view, 0, 0)),
        FOLLOW => Ok(move_on(view, 1, slot)),
        _ => Ok(TC_ACT_OK as i32),
    }
}

/// Changes the state, which never goes back; who has said so gets no packet sent for it.
fn move_on(view: u32, follows: u32, last: u32) -> i32 {
    if let Some(state) = STATE.get_mut(&0) {
        let _guard = rex_spinlock_guard::new(&mut state.lock);
        if (view, follows, last) > (state.view, state.follows, state.last) {
            (state.view, state.follows, state.last) = (view, follows, last);
        }
    }
    TC_ACT_SHOT as i32
}

/// A message for all followers leaves as one for each of them.
fn broadcast(obj: &sched_cls, skb: &mut __sk_buff) -> Result {
    // What is cloned comes through here again, as something else.
    skb.data_slice[KIND..VIEW].copy_from_slice(&ACCEPT.to_be_bytes());
    obj.udp_header(skb).check = 0;
    let mut ready = false;
    for index in 0..REPLICAS {
        let Some(&mut address) = FOLLOWERS.get_mut(&index) else {
            break;
        };
        if address == 0 {
            break;
        }
        if ready {
            let device = skb.ifindex();
            obj.bpf_clone_redirect(skb, device, 0)?;
        }
        let mut ip = obj.ip_header(skb);
        *ip.daddr() = address;
        ip.check = compute_ip_checksum(&mut ip);
        ready = true;
    }
    Ok(TC_ACT_OK as i32) // the last one goes as it is
}
