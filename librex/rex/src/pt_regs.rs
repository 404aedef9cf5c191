// SPDX-License-Identifier: GPL-2.0

//! Saved registers.

use crate::kernel::bindings;

/// The registers of interrupted code: the kernel's `struct pt_regs`.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::kprobe::kprobe;
/// # use rex::{Result, rex_kprobe, rex_printk};
/// use rex::pt_regs::PtRegs;
///
/// #[rex_kprobe(function = "vfs_read")]
/// fn on_read(_: &kprobe, regs: &mut PtRegs) -> Result {
///     // Arguments are in rdi, rsi, rdx, rcx, r8 and r9: vfs_read(file, buffer, count, position).
///     rex_printk!("file {:#x}, {} bytes, called from {:#x}", regs.rdi(), regs.rdx(), regs.rip())
/// }
/// ```
#[repr(transparent)]
pub struct PtRegs(pub(crate) bindings::pt_regs);

macro_rules! getters {
    ($($name:ident = $field:ident),* $(,)?) => {
        impl PtRegs {
            $(
                #[doc = concat!("Register `", stringify!($name), "`.")]
                #[inline(always)]
                pub fn $name(&self) -> u64 {
                    self.0.$field as u64
                }
            )*
        }
    };
}
getters! {
    r8 = r8, r9 = r9, r10 = r10, r11 = r11, r12 = r12, r13 = r13, r14 = r14, r15 = r15,
    rax = ax, rbx = bx, rcx = cx, rdx = dx, rsi = si, rdi = di, rbp = bp, rsp = sp, rip = ip,
    orig_rax = orig_ax, eflags = flags,
}

impl PtRegs {
    /// Segment selector `cs`.
    #[inline(always)]
    pub fn cs(&self) -> u64 {
        // SAFETY: the kernel stores a selector beside flags of its own in one word; any bits are a valid one.
        unsafe { core::mem::transmute_copy(&self.0.__bindgen_anon_1) }
    }

    /// Segment selector `ss`.
    #[inline(always)]
    pub fn ss(&self) -> u64 {
        // SAFETY: as for `cs`.
        unsafe { core::mem::transmute_copy(&self.0.__bindgen_anon_2) }
    }
}
