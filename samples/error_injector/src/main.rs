// SPDX-License-Identifier: GPL-2.0

//! Makes the probed system call fail for the processes in a map.

#![no_std]
#![no_main]

use rex::kprobe::kprobe;
use rex::map::RexHashMap;
use rex::pt_regs::PtRegs;
use rex::{Result, rex_kprobe, rex_map};

#[allow(non_upper_case_globals)]
#[rex_map]
static pid_to_errno: RexHashMap<i32, u64> = RexHashMap::new(1, 0);

#[rex_kprobe]
fn err_injector(obj: &kprobe, ctx: &mut PtRegs) -> Result {
    let Some(task) = obj.bpf_get_current_task() else {
        return Ok(0);
    };
    match obj.bpf_map_lookup_elem(&pid_to_errno, &task.get_pid()) {
        Some(errno) => Ok(obj.bpf_override_return(ctx, errno.wrapping_neg())),
        None => Ok(0),
    }
}
