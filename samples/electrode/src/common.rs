// SPDX-License-Identifier: GPL-2.0

//! What the programs and `trigger.c` agree on: messages, and maps.

use rex::map::{RexArrayMap, RexRingBuf};
use rex::rex_map;
use rex::spinlock::bpf_spin_lock;
use rex::xdp::IPPROTO_UDP;

pub const PORT: u16 = 4343;
pub const REPLICAS: u32 = 3;

/// Where things are in a packet: a message lies behind plain headers, and is a row of numbers in network byte order.
pub const IP: usize = 14;
pub const MESSAGE: usize = IP + 20 + 8;
pub const KIND: usize = MESSAGE;
pub const VIEW: usize = MESSAGE + 4; // the leader's
pub const SLOT: usize = MESSAGE + 8; // of the log
pub const REPLICA: usize = MESSAGE + 12; // whose message it is
pub const VALUE: usize = MESSAGE + 16; // 8 bytes
pub const END: usize = MESSAGE + 24;

/// Kinds of messages; others are for processes only.
pub const ACCEPT_ALL: u32 = 1; // as the leader sends it, once
pub const ACCEPT: u32 = 2; // as each follower gets it
pub const ACCEPTED: u32 = 3;
/// What a process tells its own programs, which nobody else gets: accept nothing of views before this one, or of this one until
/// you are told to; accept what comes after a slot.
pub const HOLD: u32 = 4;
pub const FOLLOW: u32 = 5;

/// How far the replica is. Processes read it; they write nothing here, for they could not take the lock.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct State {
    pub lock: bpf_spin_lock,
    pub view: u32,
    pub follows: u32, // the view's leader, or not yet, if 0
    pub last: u32,    // slot of the log
    pub heard: u32,   // how often of the leader
}

#[rex_map]
pub static STATE: RexArrayMap<State> = RexArrayMap::new(1, 0);

/// What was accepted here and the process has not taken yet, should it live or not: messages from their view on.
#[rex_map]
pub static LOG: RexRingBuf = RexRingBuf::new(1 << 16, 0);

/// The other replicas' addresses, as packets have them; 0 ends them.
#[rex_map]
pub static FOLLOWERS: RexArrayMap<u32> = RexArrayMap::new(REPLICAS, 0);

/// Who has accepted what is in a slot: a bit for each.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Quorum {
    pub lock: bpf_spin_lock,
    pub view: u32,
    pub slot: u32,
    pub who: u32,
}

pub const QUORUMS: u32 = 256;

#[rex_map]
pub static QUORUM: RexArrayMap<Quorum> = RexArrayMap::new(QUORUMS, 0);

pub fn u32_at(packet: &[u8], at: usize) -> u32 {
    packet.get(at..at + 4).map_or(0, |four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
}

/// Whether a packet is a message to a port.
pub fn is_message(packet: &[u8]) -> bool {
    packet.len() >= END
        && packet[12..IP] == [8, 0]
        && packet[IP] == 0x45
        && packet[IP + 9] as u32 == IPPROTO_UDP
        && packet[IP + 22..IP + 24] == PORT.to_be_bytes()
}
