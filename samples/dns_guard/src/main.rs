// SPDX-License-Identifier: GPL-2.0

//! Answers DNS queries for unwanted names that there is no such name, before a server sees them.
//!
//! Which names those are say patterns: `*` is any text, `?` any character, so `ads*.example.*` is one. The question's name is put
//! together from its labels, then compared by a function that calls itself at each `*`. Neither is for a verifier, which would have
//! to walk all ways through both: `ebpf/dns_guard.bpf.c` is the attempt.

#![no_std]
#![no_main]

use rex::map::{RexArrayMap, RexRingBuf};
use rex::utils::Result;
use rex::xdp::*;
use rex::{rex_map, rex_xdp};

/// Where things are in a packet with plain headers.
const IP: usize = 14;
const UDP: usize = IP + 20;
const DNS: usize = UDP + 8;
const QUESTION: usize = DNS + 12;

/// The longest name in text, and the longest pattern.
const MAX_NAME: usize = 254;
const MAX_PATTERN: usize = 60;

/// One that is empty ends them.
#[derive(Clone, Copy)]
#[repr(C)]
struct Pattern {
    length: u32,
    text: [u8; MAX_PATTERN],
}

#[rex_map]
static PATTERNS: RexArrayMap<Pattern> = RexArrayMap::new(64, 0);

/// Names that were refused.
#[rex_map]
static REFUSED: RexRingBuf = RexRingBuf::new(1 << 16, 0);

fn u16_at(packet: &[u8], at: usize) -> u16 {
    packet.get(at..at + 2).map_or(0, |two| u16::from_be_bytes([two[0], two[1]]))
}

/// Whether a packet holds a query with one question (RFC 1035, 4.1).
fn is_query(packet: &[u8]) -> bool {
    packet.len() > QUESTION
        && u16_at(packet, 12) == 0x0800
        && packet[IP] == 0x45
        && packet[IP + 9] as u32 == IPPROTO_UDP
        && u16_at(packet, IP + 6) & 0x3fff == 0 // not a part of one
        && u16_at(packet, UDP + 2) == 53
        && packet[DNS + 2] & 0xf8 == 0
        && u16_at(packet, DNS + 4) == 1
}

/// The question's name as text, in lower case; `None` if it is none.
fn name<'a>(mut labels: &[u8], into: &'a mut [u8; MAX_NAME]) -> Option<&'a [u8]> {
    let mut end = 0;
    loop {
        let (&length, rest) = labels.split_first()?;
        if length == 0 {
            return Some(&into[..end]);
        }
        // More than 63 would be a reference to somewhere else, which a question has no use for.
        let (label, rest) = rest.split_at_checked(length as usize).filter(|_| length < 64)?;
        if end > 0 {
            *into.get_mut(end)? = b'.';
            end += 1;
        }
        let place = into.get_mut(end..end + label.len())?;
        place.copy_from_slice(label);
        place.make_ascii_lowercase();
        end += label.len();
        labels = rest;
    }
}

/// Whether a text is as a pattern says.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => matches(rest, text) || !text.is_empty() && matches(pattern, &text[1..]),
        ([b'?', pattern @ ..], [_, text @ ..]) => matches(pattern, text),
        ([a, pattern @ ..], [b, text @ ..]) => a == b && matches(pattern, text),
        _ => false,
    }
}

fn is_unwanted(name: &[u8]) -> bool {
    for index in 0.. {
        let Some(pattern) = PATTERNS.get_mut(&index) else {
            break;
        };
        match pattern.text.get(..pattern.length as usize) {
            None | Some([]) => break,
            Some(text) if matches(text, name) => return true,
            Some(_) => {}
        }
    }
    false
}

#[rex_xdp]
fn guard(obj: &xdp, ctx: &mut xdp_md) -> Result {
    let mut text = [0; MAX_NAME];
    if !is_query(ctx.data_slice) {
        return Ok(XDP_PASS as i32);
    }
    match name(&ctx.data_slice[QUESTION..], &mut text) {
        Some(name) if is_unwanted(name) => {
            let _ = REFUSED.output(name, 0); // who does not read has no list
        }
        _ => return Ok(XDP_PASS as i32),
    }
    // It becomes an answer: with the question, and error 3, "no such name".
    ctx.data_slice[DNS + 2] |= 0x80;
    ctx.data_slice[DNS + 3] = 3;
    let mut ethernet = obj.eth_header(ctx);
    (ethernet.h_dest, ethernet.h_source) = (ethernet.h_source, ethernet.h_dest);
    drop(ethernet);
    let mut ip = obj.ip_header(ctx);
    let (from, to) = (*ip.saddr(), *ip.daddr());
    (*ip.saddr(), *ip.daddr()) = (to, from); // the checksum stays as it is
    drop(ip);
    let mut udp = obj.udp_header(ctx);
    (udp.source, udp.dest) = (udp.dest, udp.source);
    udp.check = 0; // none, as IPv4 allows
    Ok(XDP_TX as i32)
}
