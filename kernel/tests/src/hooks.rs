// SPDX-License-Identifier: GPL-2.0

//! Each type of program at its hook: what it is told, and what its value does.

use rex::kprobe::kprobe;
use rex::linux::bpf::{BPF_F_REUSE_STACKID, bpf_perf_event_value};
use rex::linux::unistd::__NR_getsid;
use rex::map::{RexPerfEventArray, RexStackTrace};
use rex::perf_event::{bpf_perf_event_data, perf_event};
use rex::pt_regs::PtRegs;
use rex::sched_cls::{__sk_buff, TC_ACT_OK, TC_ACT_SHOT, sched_cls};
use rex::tracepoint::{
    RawSyscallsEnterCtx, RawSyscallsExitCtx, SyscallsEnterDupCtx, SyscallsEnterOpenCtx, SyscallsEnterOpenatCtx, SyscallsExitOpenCtx,
    SyscallsExitOpenatCtx, tracepoint,
};
use rex::utils::{PerfEventMaskedCPU, PerfEventStreamer, convert_slice_to_struct};
use rex::xdp::{IPPROTO_UDP, XDP_DROP, XDP_PASS, compute_ip_checksum, iphdr, udphdr, xdp, xdp_md};
use rex::{Result, read_field, rex_map, rex_perf_event, rex_tc, rex_tracepoint, rex_uprobe, rex_xdp};

use crate::{answer, code};

#[repr(C)]
#[derive(Clone, Copy)]
struct Event {
    fd: u64,
    magic: u64,
}

#[rex_map]
static EVENTS: RexPerfEventArray<Event> = RexPerfEventArray::new(64, 0);

#[rex_map]
static STACKS: RexStackTrace<u32, [u64; 127]> = RexStackTrace::new(16, 0);

#[rex_tracepoint]
fn dup(obj: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
    let event = Event { fd: ctx.fildes, magic: 0x0ddba11 };
    answer(0, ctx.syscall_nr & 0xffff_ffff);
    answer(1, ctx.fildes as i64);
    answer(2, code(EVENTS.output(obj, ctx, &event, PerfEventMaskedCPU::current_cpu())));
    answer(3, code(obj.output_event(ctx, &EVENTS, &event, PerfEventMaskedCPU::any_cpu(4000))));
    Ok(0)
}

#[rex_tracepoint]
fn open_enter(_: &tracepoint<SyscallsEnterOpenCtx>, ctx: &'static SyscallsEnterOpenCtx) -> Result {
    answer(4, ctx.flags);
    Ok(0)
}

#[rex_tracepoint]
fn open_exit(_: &tracepoint<SyscallsExitOpenCtx>, ctx: &'static SyscallsExitOpenCtx) -> Result {
    answer(5, ctx.ret);
    Ok(0)
}

#[rex_tracepoint]
fn openat_enter(_: &tracepoint<SyscallsEnterOpenatCtx>, ctx: &'static SyscallsEnterOpenatCtx) -> Result {
    answer(6, ctx.dfd as i32 as i64);
    answer(7, ctx.flags);
    answer(8, ctx.mode);
    Ok(0)
}

#[rex_tracepoint]
fn openat_exit(_: &tracepoint<SyscallsExitOpenatCtx>, ctx: &'static SyscallsExitOpenatCtx) -> Result {
    answer(9, ctx.ret);
    Ok(0)
}

#[rex_tracepoint]
fn raw_enter(_: &tracepoint<RawSyscallsEnterCtx>, ctx: &'static RawSyscallsEnterCtx) -> Result {
    if ctx.id == i64::from(__NR_getsid) {
        answer(10, ctx.args[0] as i64);
    }
    Ok(0)
}

#[rex_tracepoint]
fn raw_exit(_: &tracepoint<RawSyscallsExitCtx>, ctx: &'static RawSyscallsExitCtx) -> Result {
    if ctx.id == i64::from(__NR_getsid) {
        answer(11, ctx.ret);
    }
    Ok(0)
}

#[rex_uprobe(function = "/proc/self/exe:uprobe_target")]
fn in_user_space(obj: &kprobe, regs: &mut PtRegs) -> Result {
    answer(0, regs.rdi() as i64);
    answer(1, regs.rsi() as i64);
    answer(2, obj.bpf_get_current_task().map_or(-1, |task| i64::from(task.get_tgid())));
    Ok(0)
}

#[rex_perf_event]
fn sampled(obj: &perf_event, ctx: &bpf_perf_event_data) -> Result {
    let mut value = bpf_perf_event_value { counter: 0, enabled: 0, running: 0 };
    let read = obj.bpf_perf_prog_read_value(ctx, &mut value);
    answer(1, i64::from(value.counter >= 1_000_000 && value.enabled > 0));
    answer(2, ctx.sample_period() as i64);
    answer(3, ctx.addr() as i64);
    answer(4, ctx.regs().rip() as i64);
    // An earlier sample's stack may have the same place in the map.
    answer(5, code(obj.bpf_get_stackid_pe(ctx, &STACKS, BPF_F_REUSE_STACKID.into())));
    // Last: user space waits for it.
    answer(0, code(read));
    Ok(0)
}

/// What the tests do with packets, by port.
enum Packet {
    Other,
    Pass,
    Drop,
    Panic,
}

fn packet(udp: bool, port: u16) -> Packet {
    match (udp, port) {
        (true, 4711) => Packet::Pass,
        (true, 4712) => Packet::Drop,
        (true, 4713) => Packet::Panic,
        _ => Packet::Other,
    }
}

#[rex_xdp]
fn xdp_values(obj: &xdp, ctx: &mut xdp_md) -> Result {
    if ctx.data_length() < 42 {
        return Ok(XDP_PASS as i32);
    }
    let protocol = read_field!(ctx.data_slice, 14, iphdr, protocol, u8);
    let port = u16::from_be(read_field!(ctx.data_slice, 34, udphdr, dest, u16));
    match packet(u32::from(protocol) == IPPROTO_UDP, port) {
        Packet::Other => return Ok(XDP_PASS as i32),
        Packet::Drop => return Ok(XDP_DROP as i32),
        Packet::Panic => panic!("a packet that nobody likes"),
        Packet::Pass => {}
    }
    answer(0, ctx.data_length() as i64);
    answer(1, i64::from(u16::from_be(obj.eth_header(ctx).h_proto)));
    {
        let mut ip = obj.ip_header(ctx);
        answer(2, i64::from(u32::from_be(*ip.saddr())));
        answer(3, i64::from(u32::from_be(*ip.daddr())));
        answer(4, i64::from(ip.protocol));
        answer(5, i64::from(ip.ihl()));
        answer(6, i64::from(ip.version()));
        let check = ip.check;
        let computed = compute_ip_checksum(&mut ip);
        answer(7, i64::from(computed == check));
        ip.check = computed;
    }
    {
        let udp = obj.udp_header(ctx);
        answer(8, i64::from(u16::from_be(udp.source)));
        answer(9, i64::from(u16::from_be(udp.dest)));
        answer(10, i64::from(u16::from_be(udp.len)));
    }
    answer(11, i64::from(ctx.ingress_ifindex()));
    answer(12, i64::from(ctx.rx_qeueu_index()));
    answer(13, i64::from(ctx.egress_ifindex()));
    answer(14, i64::from(ctx.data_meta() != 0));
    answer(15, code(obj.bpf_xdp_adjust_tail(ctx, -2)));
    answer(16, ctx.data_length() as i64);
    answer(17, code(obj.bpf_xdp_adjust_tail(ctx, 2)));
    answer(18, ctx.data_length() as i64);
    answer(19, code(obj.bpf_xdp_adjust_tail(ctx, 1 << 20)));
    answer(20, ctx.data_length() as i64);
    answer(21, i64::from(*convert_slice_to_struct::<u16>(&ctx.data_slice[56..]) == 0));
    ctx.data_slice[42] = b'X';
    Ok(XDP_PASS as i32)
}

#[rex_tc]
fn tc_values(obj: &sched_cls, skb: &mut __sk_buff) -> Result {
    if skb.data_slice.len() < 42 {
        return Ok(TC_ACT_OK as i32);
    }
    let protocol = obj.ip_header(skb).protocol;
    let port = u16::from_be(obj.udp_header(skb).dest);
    match packet(u32::from(protocol) == IPPROTO_UDP, port) {
        Packet::Drop => return Ok(TC_ACT_SHOT as i32),
        Packet::Panic => panic!("a packet that nobody likes"),
        Packet::Other | Packet::Pass => {}
    }
    answer(0, i64::from(skb.len()));
    answer(1, skb.data_slice.len() as i64);
    answer(2, i64::from(skb.data_len()));
    answer(3, i64::from(u16::from(skb.protocol())));
    answer(4, i64::from(skb.ifindex()));
    answer(5, i64::from(skb.mark()));
    answer(6, i64::from(skb.priority()));
    answer(7, i64::from(skb.vlan_present()));
    answer(8, i64::from(skb.vlan_tci()));
    // The program ends in a panic if there is no socket.
    let _socket = skb.sk();
    answer(9, 1);
    answer(10, i64::from(protocol));
    answer(11, i64::from(port));
    answer(12, i64::from(u32::from_be(*obj.ip_header(skb).daddr())));
    Ok(TC_ACT_OK as i32)
}

/// Changes a packet that others have, too.
#[rex_tc]
fn rewrites(_: &sched_cls, skb: &mut __sk_buff) -> Result {
    if skb.data_slice.len() > 43 && skb.data_slice[23] == 17 {
        skb.data_slice[42] = b'X';
    }
    Ok(TC_ACT_OK as i32)
}
