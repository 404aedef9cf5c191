// SPDX-License-Identifier: GPL-2.0

//! Says which system calls a process makes that has a seccomp filter, with their arguments.
//!
//! One `match` in place of a program for each system call, and tail calls between them, as Linux's own sample of that name has them.

#![no_std]
#![no_main]
#![allow(non_upper_case_globals)] // the names of system calls are the kernel's

use rex::kprobe::kprobe;
use rex::linux::seccomp::seccomp_data;
use rex::linux::unistd::{__NR_getsid, __NR_getuid, __NR_mmap, __NR_read, __NR_write};
use rex::pt_regs::PtRegs;
use rex::{Result, rex_kprobe, rex_printk};

/// AUDIT_ARCH_X86_64 of linux/audit.h.
const X86_64: u32 = 0xc000_003e;

/// What a filter would see of a system call, from the registers with which the process has made it.
fn seccomp_data_of(regs: &PtRegs) -> seccomp_data {
    seccomp_data {
        nr: regs.orig_rax() as i32,
        arch: X86_64,
        instruction_pointer: regs.rip(),
        args: [regs.rdi(), regs.rsi(), regs.rdx(), regs.r10(), regs.r8(), regs.r9()],
    }
}

// The kernel calls it for each system call of such a process.
#[rex_kprobe(function = "__seccomp_filter")]
fn rex_prog1(obj: &kprobe, _: &mut PtRegs) -> Result {
    let Some(task) = obj.bpf_get_current_task() else {
        return Ok(0);
    };
    let sd = seccomp_data_of(task.get_pt_regs());
    match sd.nr as u32 {
        // What is traced is written, too: not everything, lest it fill the buffer.
        __NR_write if sd.args[2] == 512 => {
            rex_printk!("write(fd={}, buf={:#x}, size={})\n", sd.args[0], sd.args[1], sd.args[2])
        }
        __NR_read if (128..=1024).contains(&sd.args[2]) => {
            rex_printk!("read(fd={}, buf={:#x}, size={})\n", sd.args[0], sd.args[1], sd.args[2])
        }
        __NR_mmap => rex_printk!("mmap(length={}, prot={})\n", sd.args[1], sd.args[2]),
        __NR_getuid..=__NR_getsid => rex_printk!("syscall={} (one of get/set uid/pid/gid)\n", sd.nr),
        _ => Ok(0),
    }
}
