// SPDX-License-Identifier: GPL-2.0

//! Programs that run where a function of the kernel or of a user program is entered.

use crate::helpers::{base_helpers, task_helpers};
use crate::pt_regs::PtRegs;

/// A kprobe or uprobe program.
pub struct kprobe(());

base_helpers!(impl[] kprobe);
task_helpers!(impl[] kprobe);

impl kprobe {
    /// # Safety
    ///
    /// For the program macros: only the kernel runs programs.
    #[doc(hidden)]
    pub const unsafe fn new() -> Self {
        Self(())
    }

    /// # Safety
    ///
    /// `ctx` must be what the kernel gave to a program of this type.
    #[doc(hidden)]
    pub unsafe fn convert_ctx(&self, ctx: *mut ()) -> &'static mut PtRegs {
        // SAFETY: a `struct pt_regs` that is the program's for its run.
        unsafe { &mut *ctx.cast() }
    }

    /// Makes the probed function return `rc` at once. Returns 0. Works on functions that the kernel
    /// allows errors to be injected into; attaching to others is refused. Exists where the kernel
    /// has `CONFIG_BPF_KPROBE_OVERRIDE`.
    #[cfg(override_return)]
    pub fn bpf_override_return(&self, regs: &mut PtRegs, rc: u64) -> i32 {
        // SAFETY: the registers are those of the probe, since programs can't make others.
        crate::run::call_kernel(|| unsafe { crate::kernel::bpf_override_return(&mut regs.0, rc) }) as i32
    }
}
