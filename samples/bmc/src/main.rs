// SPDX-License-Identifier: GPL-2.0

//! Answers memcached's GETs before they reach memcached.
//!
//! A GET over UDP is looked up when its packet arrives; on a hit the packet itself becomes the answer and goes back. Else it goes
//! on, and memcached's answer fills the cache as it leaves. SETs come over TCP, and nobody who has heard that his is
//! done gets an older value: `cache.rs` and `stream.rs` see to that. Attach it before clients connect.

#![no_std]
#![no_main]

mod cache;
mod stream;

use cache::{MAX_REPLY, Ticket};
use rex::map::RexPerCPUArrayMap;
use rex::sched_cls::{__sk_buff, TC_ACT_OK, sched_cls};
use rex::utils::Result;
use rex::xdp::*;
use rex::{rex_map, rex_tc, rex_xdp};
use stream::Client;

const MEMCACHED: u16 = 11211;

/// Where things are in the packets that are understood; others than those with plain IPv4 headers go by.
const IP: usize = 14;
const TRANSPORT: usize = IP + 20;
const DATAGRAM: usize = TRANSPORT + 8;
/// Memcached's own header of a datagram: number of the request, of the datagram, and of all of them, and a zero.
const FRAME: usize = 8;

/// What has been done, by `loader.c`'s names.
#[derive(Clone, Copy)]
#[repr(u32)]
enum Stat {
    Hit,
    Miss,
    NoRoom,
    Filled,
    Dropped,
}

#[rex_map]
static map_stats: RexPerCPUArrayMap<u64> = RexPerCPUArrayMap::new(5, 0);

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |two| u16::from_be_bytes([two[0], two[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    (u16_at(bytes, at) as u32) << 16 | u16_at(bytes, at + 2) as u32
}

/// A packet's protocol and ports; `None` if it is neither TCP nor UDP over IPv4.
fn ports(packet: &[u8]) -> Option<(u32, u16, u16)> {
    if packet.len() < DATAGRAM || u16_at(packet, 12) != 0x0800 {
        return None;
    }
    let protocol = packet[IP + 9] as u32;
    let transport = IP + (packet[IP] as usize & 15) * 4;
    let wanted = protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
    wanted.then(|| (protocol, u16_at(packet, transport), u16_at(packet, transport + 2)))
}

/// Whether it has options, or is a part of a larger one.
fn odd(packet: &[u8]) -> bool {
    packet[IP] != 0x45 || u16_at(packet, IP + 6) & 0x3fff != 0
}

/// The bytes from an offset to where IP says that the packet ends.
fn payload(packet: &[u8], from: usize) -> Option<&[u8]> {
    packet.get(from..IP + u16_at(packet, IP + 2) as usize)
}

/// What a packet with a request over UDP asks for.
enum Request<'a> {
    Get(&'a [u8]),
    Other,   // that changes nothing
    Refused, // over UDP clients may get, and nothing else
}

fn request(datagram: &[u8]) -> Request<'_> {
    let Some((frame, line)) = datagram.split_at_checked(FRAME) else {
        return Request::Refused;
    };
    let mut lines = line.split(|&byte| byte == b'\n');
    let (Some(line), Some(b""), None) = (lines.next(), lines.next(), lines.next()) else {
        return Request::Refused;
    };
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mut words = line.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
    match (words.next(), words.next(), words.next()) {
        (Some(b"get"), Some(key), None) if frame[2..] == [0, 0, 0, 1, 0, 0] => Request::Get(key),
        (Some(b"get" | b"gets"), _, _) => Request::Other,
        _ => Request::Refused,
    }
}

#[rex_xdp]
fn xdp_rx_filter(obj: &xdp, ctx: &mut xdp_md) -> Result {
    let count = |stat: Stat| {
        if let Some(n) = obj.bpf_map_lookup_elem(&map_stats, &(stat as u32)) {
            *n += 1;
        }
    };
    let verdict = match ports(ctx.data_slice) {
        Some((_, _, MEMCACHED)) if odd(ctx.data_slice) => XDP_DROP,
        Some((IPPROTO_TCP, _, MEMCACHED)) => segment(ctx.data_slice),
        Some((IPPROTO_UDP, _, MEMCACHED)) => datagram(obj, ctx, &count),
        _ => XDP_PASS,
    };
    if verdict == XDP_DROP {
        count(Stat::Dropped);
    }
    Ok(verdict as i32)
}

/// A packet of a connection.
fn segment(packet: &[u8]) -> u32 {
    let (Some(flags), Some(offset)) = (packet.get(TRANSPORT + 13), packet.get(TRANSPORT + 12)) else {
        return XDP_DROP;
    };
    let Some(bytes) = payload(packet, TRANSPORT + (offset >> 4) as usize * 4) else {
        return XDP_DROP;
    };
    const FIN: u8 = 1;
    const SYN: u8 = 2;
    const RST: u8 = 4;
    let client = Client { address: u32_at(packet, IP + 12), port: u16_at(packet, TRANSPORT) as u32 };
    let number = u32_at(packet, TRANSPORT + 4);
    let good = if flags & SYN != 0 {
        bytes.is_empty() && stream::open(client, number.wrapping_add(1))
    } else {
        stream::arrived(client, number, bytes)
    };
    if good && flags & (FIN | RST) != 0 {
        stream::close(client);
    }
    if good { XDP_PASS } else { XDP_DROP }
}

/// A packet with a request over UDP.
fn datagram(obj: &xdp, ctx: &mut xdp_md, count: &impl Fn(Stat)) -> u32 {
    let Some(bytes) = payload(ctx.data_slice, DATAGRAM) else {
        return XDP_DROP;
    };
    let key = match request(bytes) {
        Request::Get(key) => key,
        Request::Other => return XDP_PASS,
        Request::Refused => return XDP_DROP,
    };
    let ticket = Ticket {
        address: u32_at(ctx.data_slice, IP + 12),
        port: u16_at(ctx.data_slice, TRANSPORT),
        id: u16_at(bytes, 0),
    };
    let mut reply = [0; MAX_REPLY];
    let Some(length) = cache::look_up(key, ticket, &mut reply) else {
        count(Stat::Miss);
        return XDP_PASS;
    };
    // The packet becomes the answer, if there is room: how much there is behind it is for the device's driver to say.
    let wanted = DATAGRAM + FRAME + length;
    if obj.bpf_xdp_adjust_tail(ctx, wanted as i32 - ctx.data_length() as i32).is_err() {
        count(Stat::NoRoom);
        return XDP_PASS;
    }
    ctx.data_slice[DATAGRAM + FRAME..].copy_from_slice(&reply[..length]);
    let mut ethernet = obj.eth_header(ctx);
    (ethernet.h_dest, ethernet.h_source) = (ethernet.h_source, ethernet.h_dest);
    drop(ethernet);
    let mut ip = obj.ip_header(ctx);
    let (from, to) = (*ip.saddr(), *ip.daddr());
    (*ip.saddr(), *ip.daddr()) = (to, from);
    ip.tot_len = ((wanted - IP) as u16).to_be();
    ip.check = compute_ip_checksum(&mut ip);
    drop(ip);
    let mut udp = obj.udp_header(ctx);
    (udp.source, udp.dest) = (udp.dest, udp.source);
    udp.len = ((wanted - TRANSPORT) as u16).to_be();
    udp.check = 0; // none, as IPv4 allows
    drop(udp);
    count(Stat::Hit);
    XDP_TX
}

#[rex_tc]
fn xdp_tx_filter(obj: &sched_cls, skb: &mut __sk_buff) -> Result {
    let length = skb.len() as usize;
    let packet = &*skb.data_slice;
    match ports(packet) {
        Some((IPPROTO_TCP, MEMCACHED, to)) => {
            // Most of it may lie elsewhere; that there is something is enough.
            let offset = packet.get(TRANSPORT + 12).map_or(0, |offset| (offset >> 4) as usize * 4);
            if length > TRANSPORT + offset {
                stream::answered(Client { address: u32_at(packet, IP + 16), port: to as u32 });
            }
        }
        Some((IPPROTO_UDP, MEMCACHED, to)) => {
            if let Some((frame, reply)) = payload(packet, DATAGRAM).and_then(|bytes| bytes.split_at_checked(FRAME))
                && frame[2..] == [0, 0, 0, 1, 0, 0]
                && reply.ends_with(b"\r\nEND\r\n")
                && let Some(key) = cache::key_of(reply)
                && cache::fill(key, Ticket { address: u32_at(packet, IP + 16), port: to, id: u16_at(frame, 0) }, reply)
                && let Some(n) = obj.bpf_map_lookup_elem(&map_stats, &(Stat::Filled as u32))
            {
                *n += 1;
            }
        }
        _ => {}
    }
    Ok(TC_ACT_OK as i32)
}
