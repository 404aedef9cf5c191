// SPDX-License-Identifier: GPL-2.0

//! Programs that run where a function of the kernel or of a user program is entered.

use crate::helpers::{base_helpers, task_helpers};
use crate::pt_regs::PtRegs;

/// A kprobe or uprobe program.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// use rex::kprobe::kprobe;
/// use rex::map::RexHashMap;
/// use rex::pt_regs::PtRegs;
/// use rex::{Result, rex_kprobe, rex_map};
///
/// #[rex_map]
/// static SIZES: RexHashMap<u32, u64> = RexHashMap::new(64, 0);
///
/// #[rex_kprobe(function = "vfs_write")]
/// fn sizes(_: &kprobe, regs: &mut PtRegs) -> Result {
///     let magnitude = regs.rdx().checked_ilog2().unwrap_or(0);
///     match SIZES.get_mut(&magnitude) {
///         Some(calls) => *calls += 1,
///         None => {
///             SIZES.insert(&magnitude, &1)?;
///         }
///     }
///     Ok(0)
/// }
/// ```
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
    ///
    /// ```rust
    /// # #![no_std]
    /// # #![no_main]
    /// # use rex::kprobe::kprobe;
    /// # use rex::map::RexHashMap;
    /// # use rex::pt_regs::PtRegs;
    /// # use rex::{Result, rex_kprobe, rex_map};
    /// use rex::linux::errno::EMFILE;
    ///
    /// #[rex_map]
    /// static VICTIMS: RexHashMap<i32, u32> = RexHashMap::new(16, 0); // whom the loader has put there
    ///
    /// #[rex_kprobe(function = "__x64_sys_dup")]
    /// fn no_dup(obj: &kprobe, regs: &mut PtRegs) -> Result {
    ///     let Some(task) = obj.bpf_get_current_task() else {
    ///         return Ok(0);
    ///     };
    ///     if VICTIMS.get_mut(&task.get_pid()).is_some() {
    ///         obj.bpf_override_return(regs, u64::from(EMFILE).wrapping_neg());
    ///     }
    ///     Ok(0)
    /// }
    /// ```
    #[cfg(override_return)]
    pub fn bpf_override_return(&self, regs: &mut PtRegs, rc: u64) -> i32 {
        // SAFETY: the registers are those of the probe, since programs can't make others.
        crate::run::call_kernel(|| unsafe { crate::kernel::bpf_override_return(&mut regs.0, rc) }) as i32
    }
}
