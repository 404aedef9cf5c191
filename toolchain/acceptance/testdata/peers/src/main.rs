// SPDX-License-Identifier: GPL-2.0

//! Reads a peer's state whenever a task calls dup(2).

#![no_std]
#![no_main]

use peer_types::{Peer, State, weight};
use rex::map::{RexArrayMap, RexHashMap, RexStack};
use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
use rex::{Result, rex_map, rex_printk, rex_tracepoint};

#[rex_map]
static PEERS: RexHashMap<u32, Peer> = RexHashMap::new(4, 0);

#[rex_map]
static RACED: RexArrayMap<Peer> = RexArrayMap::new(1, 0);

#[rex_map]
static EVENTS: RexStack<State> = RexStack::new(4, 0);

#[rex_tracepoint]
fn rex_prog1(_: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
    if ctx.fildes == 2 {
        let mut sum = 0;
        for _ in 0..64 {
            if let Some(peer) = RACED.get_mut(&0) {
                sum += weight(core::hint::black_box(peer).state);
            }
        }
        return Ok((sum & 1) as i32);
    }
    if let Some(state) = EVENTS.pop() {
        rex_printk!("event {}\n", weight(state))?;
    }
    let Some(peer) = PEERS.get_mut(&7) else {
        return rex_printk!("no peer\n");
    };
    rex_printk!("peer {} {} {}\n", peer.mark as u32, weight(peer.state), peer.trusted as u32)?;
    if peer.state == State::Normal {
        peer.state = State::Left;
        PEERS.insert(&8, peer)?;
    }
    Ok(0)
}
