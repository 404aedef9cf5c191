// SPDX-License-Identifier: GPL-2.0

//! Helpers and maps, each against a value that user space knows. All hang on a function that user space
//! calls; its argument is in `rdi`.

use core::fmt::Write;

use rex::kprobe::kprobe;
use rex::linux::bpf::{BPF_ANY, BPF_EXIST, BPF_NOEXIST, BPF_RB_FORCE_WAKEUP, BPF_RB_NO_WAKEUP};
use rex::map::{RexArrayMap, RexHashMap, RexPerCPUArrayMap, RexQueue, RexRingBuf, RexStack};
use rex::pt_regs::PtRegs;
use rex::task_struct::OwnedTaskStruct;
use rex::{Result, rex_kprobe, rex_map, rex_printk};

use crate::{answer, code};

#[rex_map]
static HASH: RexHashMap<u64, u64> = RexHashMap::new(2, 0);

#[rex_map]
static ARRAY: RexArrayMap<u64> = RexArrayMap::new(4, 0);

#[rex_map]
static PER_CPU: RexPerCPUArrayMap<u64> = RexPerCPUArrayMap::new(1, 0);

#[rex_map]
static STACK: RexStack<u32> = RexStack::new(2, 0);

#[rex_map]
static QUEUE: RexQueue<u32> = RexQueue::new(2, 0);

#[rex_map]
static RING: RexRingBuf = RexRingBuf::new(4096, 0);

#[rex_kprobe(function = "kprobe_target_func")]
fn tasks(obj: &kprobe, regs: &mut PtRegs) -> Result {
    answer(0, regs.rdi() as i64);
    if let Some(task) = obj.bpf_get_current_task() {
        answer(1, i64::from(task.get_pid()));
        answer(2, i64::from(task.get_tgid()));
        answer(3, task.get_comm().map_or(-1, |comm| i64::from(comm.to_bytes() == b"suite-task")));
        // ioctl(fd, 1313, arg): the second and third arguments of the system call.
        answer(4, task.get_pt_regs().rsi() as i64);
        answer(5, task.get_pt_regs().rdx() as i64);
        answer(6, OwnedTaskStruct::from_pid(task.get_tgid()).map_or(-1, |own| i64::from(own.get_pid())));
    }
    answer(7, i64::from(OwnedTaskStruct::from_pid(-1).is_none()));
    answer(8, i64::from(obj.bpf_get_smp_processor_id()));
    Ok(0)
}

#[rex_kprobe(function = "kprobe_target_func")]
fn clocks(obj: &kprobe, _: &mut PtRegs) -> Result {
    answer(0, obj.bpf_ktime_get_ns() as i64);
    answer(1, obj.bpf_ktime_get_boot_ns() as i64);
    answer(2, obj.bpf_ktime_get_coarse_ns() as i64);
    answer(3, obj.bpf_jiffies64() as i64);
    answer(4, i64::from(obj.bpf_get_numa_node_id()));
    answer(5, i64::from((0..8).any(|_| obj.bpf_get_prandom_u32() != obj.bpf_get_prandom_u32())));
    Ok(0)
}

#[rex_kprobe(function = "kprobe_target_func")]
fn memory(obj: &kprobe, _: &mut PtRegs) -> Result {
    let source = 0x0123_4567_89ab_cdef_u64;
    let mut copy = 0_u64;
    answer(0, code(obj.bpf_probe_read_kernel(&mut copy, core::ptr::from_ref(&source).cast())));
    answer(1, copy as i64);
    answer(2, code(obj.bpf_probe_read_kernel(&mut copy, core::ptr::null())));
    // The hole at the end of the address space (Documentation/arch/x86/x86_64/mm.rst): nothing is there with any layout.
    answer(3, code(obj.bpf_probe_read_kernel(&mut copy, core::ptr::without_provenance(0xffff_ffff_ffff_e000))));
    let mut text = [0_u8; 16];
    answer(4, code(obj.bpf_snprintf(&mut text, "%d-%x", &[42, 0xff])));
    answer(5, i64::from(text.starts_with(b"42-ff\0")));
    answer(6, code(obj.bpf_snprintf(&mut text, "%q", &[1])));
    Ok(0)
}

#[rex_kprobe(function = "kprobe_target_func")]
fn hash(obj: &kprobe, _: &mut PtRegs) -> Result {
    answer(0, code(HASH.insert(&1, &10)));
    answer(1, code(HASH.insert_new(&1, &11)));
    answer(2, code(HASH.update(&2, &20)));
    answer(3, code(HASH.update(&1, &12)));
    answer(4, HASH.get_mut(&1).map_or(-1, |value| *value as i64));
    answer(5, i64::from(HASH.get_mut(&2).is_none()));
    answer(6, code(HASH.insert_new(&2, &20)));
    answer(7, code(HASH.insert(&3, &30)));
    answer(8, code(HASH.delete(&2)));
    answer(9, code(HASH.delete(&2)));
    answer(10, code(obj.bpf_map_update_elem(&HASH, &4, &40, BPF_NOEXIST.into())));
    answer(11, code(obj.bpf_map_update_elem(&HASH, &4, &41, BPF_EXIST.into())));
    answer(12, code(obj.bpf_map_update_elem(&HASH, &4, &42, 77)));
    answer(13, obj.bpf_map_lookup_elem(&HASH, &4).map_or(-1, |value| *value as i64));
    answer(14, code(obj.bpf_map_delete_elem(&HASH, &4)));
    Ok(0)
}

#[rex_kprobe(function = "kprobe_target_func")]
fn array(obj: &kprobe, _: &mut PtRegs) -> Result {
    answer(0, code(ARRAY.insert(&3, &33)));
    answer(1, ARRAY.get_mut(&3).map_or(-1, |value| *value as i64));
    answer(2, i64::from(ARRAY.get_mut(&4).is_none()));
    answer(3, code(ARRAY.insert(&4, &44)));
    answer(4, code(ARRAY.delete(&3)));
    answer(5, code(obj.bpf_map_update_elem(&ARRAY, &0, &1, BPF_NOEXIST.into())));
    answer(6, code(obj.bpf_map_update_elem(&PER_CPU, &0, &55, BPF_ANY.into())));
    answer(7, obj.bpf_map_lookup_elem(&PER_CPU, &0).map_or(-1, |value| *value as i64));
    Ok(0)
}

#[rex_kprobe(function = "kprobe_target_func")]
fn stack_and_queue(obj: &kprobe, _: &mut PtRegs) -> Result {
    let or = |value: Option<u32>| value.map_or(-1, i64::from);
    answer(0, code(STACK.push(&1)) + code(STACK.push(&2)));
    answer(1, code(STACK.push(&3)));
    answer(2, code(STACK.force_push(&3)));
    answer(3, or(STACK.peek()));
    answer(4, or(STACK.pop()));
    answer(5, or(STACK.pop()));
    answer(6, or(STACK.pop()));
    answer(7, code(QUEUE.push(&1)) + code(QUEUE.push(&2)));
    answer(8, code(obj.bpf_map_push_elem(&QUEUE, &3, BPF_ANY.into())));
    answer(9, code(QUEUE.force_push(&3)));
    answer(10, or(obj.bpf_map_peek_elem(&QUEUE)));
    answer(11, or(QUEUE.pop()));
    answer(12, or(obj.bpf_map_pop_elem(&QUEUE)));
    answer(13, or(QUEUE.pop()));
    // A map of another kind has no such operation.
    answer(14, code(obj.bpf_map_push_elem(&ARRAY, &3, BPF_ANY.into())));
    answer(15, i64::from(obj.bpf_map_pop_elem(&ARRAY).is_none()));
    Ok(0)
}

#[rex_kprobe(function = "kprobe_target_func")]
fn ring(_: &kprobe, _: &mut PtRegs) -> Result {
    answer(0, code(RING.output(b"copied", BPF_RB_FORCE_WAKEUP.into())));
    if let Some(mut entry) = RING.reserve(16) {
        answer(1, i64::from(write!(entry, "{}-{}", "written", 7).is_ok()));
        answer(2, i64::from(write!(entry, "too much for it").is_err()));
        entry.submit(0);
    }
    if let Some(entry) = RING.reserve(8) {
        entry.discard(BPF_RB_NO_WAKEUP.into());
    }
    drop(RING.reserve(8));
    answer(3, RING.size().map_or(-1, |size| size as i64));
    answer(4, i64::from(RING.reserve(8192).is_none()));
    answer(5, code(RING.output(&[0; 4000], 0)));
    answer(6, code(RING.output(&[0; 4000], 0)));
    answer(7, code(RING.output(&[], 99)));
    answer(8, RING.available_bytes().map_or(-1, |bytes| bytes as i64));
    answer(9, RING.producer_position().and_then(|to| Some((to - RING.consumer_position()?) as i64)).unwrap_or(-1));
    Ok(0)
}

#[rex_kprobe(function = "kprobe_target_func")]
fn print(_: &kprobe, regs: &mut PtRegs) -> Result {
    let argument = regs.rdi();
    answer(0, code(rex_printk!("argument {argument}")));
    answer(1, code(rex_printk!("{:2000}", "far too long")));
    Ok(0)
}

#[rex_kprobe(function = "kprobe_target_func")]
fn empty(_: &kprobe, _: &mut PtRegs) -> Result {
    Ok(0)
}
