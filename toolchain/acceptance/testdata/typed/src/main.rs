// SPDX-License-Identifier: GPL-2.0

//! Answers, whenever a task calls getppid(2), what its loader has put into the maps, in types that both have.

#![no_std]
#![no_main]

use peer_types::{Peer, State, weight};
use rex::kprobe::kprobe;
use rex::map::{RexArrayMap, RexHashMap, RexPerCPUArrayMap, RexQueue, RexRingBuf};
use rex::pt_regs::PtRegs;
use rex::{Result, rex_kprobe, rex_map};

#[rex_map]
static PEERS: RexHashMap<u32, Peer> = RexHashMap::new(4, 0);

#[rex_map]
static WEIGHTS: RexArrayMap<u64> = RexArrayMap::new(1, 0);

#[rex_map]
static RUNS: RexPerCPUArrayMap<u32> = RexPerCPUArrayMap::new(1, 0);

#[rex_map]
static STATES: RexQueue<State> = RexQueue::new(4, 0);

#[rex_map]
static EVENTS: RexRingBuf = RexRingBuf::new(4096, 0);

#[rex_kprobe(function = "__x64_sys_getppid")]
fn on_getppid(obj: &kprobe, _: &mut PtRegs) -> Result {
    if let Some(runs) = obj.bpf_map_lookup_elem(&RUNS, &0) {
        *runs += 1;
    }
    let Some(peer) = PEERS.get_mut(&7) else {
        return Ok(0);
    };
    WEIGHTS.insert(&0, &weight(peer.state))?;
    peer.state = State::Gone;
    peer.history = [State::Recovering, State::Left];
    while let Some(state) = STATES.pop() {
        EVENTS.output(&[state as u8], 0)?;
    }
    Ok(0)
}
