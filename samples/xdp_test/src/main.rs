// SPDX-License-Identifier: GPL-2.0

//! Says what packets arrive at a device and leave it.

#![no_std]
#![no_main]

use rex::map::*;
use rex::sched_cls::*;
use rex::spinlock::*;
use rex::utils::*;
use rex::xdp::*;
use rex::{rex_map, rex_printk, rex_tc, rex_xdp};

/// What has been seen, under a lock.
#[derive(Clone, Copy)]
struct Stats {
    lock: bpf_spin_lock,
    packets: u32,
    bytes: u64,
}

#[rex_map]
static STATS: RexArrayMap<Stats> = RexArrayMap::new(2, 0);

fn count(direction: u32, bytes: usize) -> u32 {
    let Some(stats) = STATS.get_mut(&direction) else {
        return 0;
    };
    let _guard = rex_spinlock_guard::new(&mut stats.lock);
    stats.packets += 1;
    stats.bytes += bytes as u64;
    stats.packets
}

fn ports(name: &str, source: u16, dest: u16) -> Result {
    rex_printk!("{name} packet! {} -> {}\n", u16::from_be(source), u16::from_be(dest))
}

#[rex_xdp]
fn xdp_rx_filter(obj: &xdp, ctx: &mut xdp_md) -> Result {
    const HEADERS: usize = size_of::<ethhdr>() + size_of::<iphdr>();
    if ctx.data_length() < HEADERS || u16::from_be(obj.eth_header(ctx).h_proto) != 0x0800 {
        return Ok(XDP_PASS as i32);
    }
    let packet = count(0, ctx.data_length());
    rex_printk!("Packet {} on device {}, queue {}\n", packet, ctx.ingress_ifindex(), ctx.rx_qeueu_index())?;

    let mut ip = obj.ip_header(ctx);
    let protocol = ip.protocol as u32;
    let stored = ip.check;
    let computed = compute_ip_checksum(&mut ip);
    ip.check = stored;
    rex_printk!("IP saddr {}\n", core::net::Ipv4Addr::from(u32::from_be(*ip.saddr())))?;
    rex_printk!("IP daddr {}\n", core::net::Ipv4Addr::from(u32::from_be(*ip.daddr())))?;
    rex_printk!(
        "IP version {}, header of {} words, checksum {}\n",
        ip.version(),
        ip.ihl(),
        if stored == computed { "right" } else { "wrong" }
    )?;
    drop(ip);

    match protocol {
        IPPROTO_TCP => {
            let tcp = obj.tcp_header(ctx);
            ports("TCP", tcp.source, tcp.dest)?;
        }
        IPPROTO_UDP => {
            let dest = rex::read_field!(ctx.data_slice, HEADERS, udphdr, dest, u16);
            let udp = obj.udp_header(ctx);
            assert_eq!(dest, udp.dest);
            ports("UDP", udp.source, udp.dest)?;
            // Tests that cut packets send them to this port.
            if u16::from_be(dest) == 4242 {
                drop(udp);
                let before = ctx.data_length();
                let cut = obj.bpf_xdp_adjust_tail(ctx, -4);
                rex_printk!("Cut: {:?}, {} bytes less\n", cut, before - ctx.data_length())?;
                let wrong = obj.bpf_xdp_adjust_tail(ctx, i32::MIN);
                rex_printk!("Cut too much: {:?}\n", wrong)?;
                return Ok(XDP_DROP as i32);
            }
        }
        _ => {}
    }
    Ok(XDP_PASS as i32)
}

#[rex_tc]
fn xdp_tx_filter(obj: &sched_cls, skb: &mut __sk_buff) -> Result {
    if u16::from(skb.protocol()) != 0x0800 {
        return Ok(TC_ACT_OK as i32);
    }
    let packet = count(1, skb.len() as usize);
    rex_printk!("Leaving: packet {} of {} bytes on device {}\n", packet, skb.len(), skb.ifindex())?;
    let protocol = obj.ip_header(skb).protocol as u32;
    if protocol == IPPROTO_UDP && u16::from_be(obj.udp_header(skb).dest) == 4243 {
        rex_printk!("Shot\n")?;
        return Ok(TC_ACT_SHOT as i32);
    }
    Ok(TC_ACT_OK as i32)
}
