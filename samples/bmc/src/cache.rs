// SPDX-License-Identifier: GPL-2.0

//! The cache: what memcached has answered, by a hash of the key.

use core::sync::atomic::{AtomicU32, Ordering};

use rex::map::RexArrayMap;
use rex::rex_map;
use rex::spinlock::{bpf_spin_lock, rex_spinlock_guard};

/// The longest answer that is kept.
pub const MAX_REPLY: usize = 1200;

const SLOTS: u32 = 1024;

/// Who has asked for a key when it was not there, and may fill its slot with the answer.
///
/// An answer may be older than a SET that has come since. So a ticket is for one answer, and a SET takes it away: when it
/// arrives, and once more when memcached has confirmed it.
#[derive(Clone, Copy, PartialEq)]
pub struct Ticket {
    pub address: u32,
    pub port: u16,
    pub id: u16, // of the request
}

const NOBODY: Ticket = Ticket { address: 0, port: 0, id: 0 };

#[derive(Clone, Copy)]
struct Slot {
    lock: bpf_spin_lock,
    blocked: u32, // for good, if not 0
    ticket: Ticket,
    ticket_epoch: u32,
    epoch: u32,
    length: u32, // of the answer; 0 if there is none
    reply: [u8; MAX_REPLY],
}

#[rex_map]
static SLOTS_BY_HASH: RexArrayMap<Slot> = RexArrayMap::new(SLOTS, 0);

/// What is of an earlier epoch is not there.
static EPOCH: AtomicU32 = AtomicU32::new(1);

/// Not 0 once something has come that the cache does not understand: it answers nothing any more.
static OFF: AtomicU32 = AtomicU32::new(0);

/// Number of a key's slot (FNV-1a).
pub fn slot_of(key: &[u8]) -> u32 {
    key.iter().fold(0x811c_9dc5, |hash: u32, &byte| (hash ^ byte as u32).wrapping_mul(0x0100_0193)) % SLOTS
}

pub fn turn_off() {
    OFF.store(1, Ordering::Relaxed);
}

/// Forgets everything.
pub fn flush() {
    EPOCH.fetch_add(1, Ordering::Relaxed);
}

/// Forgets what is in a slot; what is on its way there comes too late.
pub fn forget(number: u32, for_good: bool) {
    if let Some(slot) = SLOTS_BY_HASH.get_mut(&number) {
        let _guard = rex_spinlock_guard::new(&mut slot.lock);
        slot.length = 0;
        slot.ticket = NOBODY;
        slot.blocked |= for_good as u32;
    }
}

/// The key in an answer of one value: "VALUE key flags bytes\r\n...\r\nEND\r\n".
pub fn key_of(reply: &[u8]) -> Option<&[u8]> {
    reply.strip_prefix(b"VALUE ")?.split(|&byte| byte == b' ').next()
}

/// Copies the answer for a key and returns its length. If there is none, the one who asks gets the ticket.
pub fn look_up(key: &[u8], ticket: Ticket, into: &mut [u8; MAX_REPLY]) -> Option<usize> {
    let epoch = EPOCH.load(Ordering::Relaxed);
    if OFF.load(Ordering::Relaxed) != 0 {
        return None;
    }
    let number = slot_of(key);
    let slot = SLOTS_BY_HASH.get_mut(&number)?;
    let _guard = rex_spinlock_guard::new(&mut slot.lock);
    let length = (slot.length as usize).min(MAX_REPLY);
    if length > 0 && slot.epoch == epoch && key_of(&slot.reply[..length]) == Some(key) {
        into[..length].copy_from_slice(&slot.reply[..length]);
        return Some(length);
    }
    slot.ticket = ticket;
    slot.ticket_epoch = epoch;
    None
}

/// Keeps an answer, if it is the one that the slot waits for.
pub fn fill(key: &[u8], ticket: Ticket, reply: &[u8]) -> bool {
    let number = slot_of(key);
    let Some(slot) = SLOTS_BY_HASH.get_mut(&number) else {
        return false;
    };
    let _guard = rex_spinlock_guard::new(&mut slot.lock);
    if slot.ticket != ticket || slot.blocked != 0 || reply.len() > MAX_REPLY {
        return false;
    }
    slot.reply[..reply.len()].copy_from_slice(reply);
    slot.length = reply.len() as u32;
    slot.epoch = slot.ticket_epoch;
    slot.ticket = NOBODY;
    true
}
