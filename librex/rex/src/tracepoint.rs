// SPDX-License-Identifier: GPL-2.0

//! Programs that run at tracepoints. Contexts are the records that the kernel's tracing keeps
//! (`/sys/kernel/tracing/events/<category>/<name>/format`).

use core::marker::PhantomData;
use core::mem::size_of;
use core::ptr::from_ref;

use crate::helpers::{base_helpers, task_helpers};
use crate::kernel;
use crate::map::RexPerfEventArray;
use crate::run::call_kernel;
use crate::utils::{self, NoRef, PerfEventMaskedCPU, PerfEventStreamer, Result, UNBOUND};

/// A program at the tracepoint that delivers `C`.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// #![allow(non_upper_case_globals)] // names of system calls, as C has them
///
/// use rex::linux::unistd::{__NR_openat, __NR_unlinkat};
/// use rex::tracepoint::{RawSyscallsEnterCtx, tracepoint};
/// use rex::{Result, rex_printk, rex_tracepoint};
///
/// #[rex_tracepoint]
/// fn on_call(_: &tracepoint<RawSyscallsEnterCtx>, ctx: &'static RawSyscallsEnterCtx) -> Result {
///     match ctx.id as u32 {
///         __NR_openat => rex_printk!("open with flags {:#x}", ctx.args[2]),
///         __NR_unlinkat => rex_printk!("unlink below {}", ctx.args[0] as i32),
///         _ => Ok(0),
///     }
/// }
/// ```
///
/// The program and its context are of one tracepoint:
///
/// ```compile_fail,E0308
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, SyscallsEnterOpenCtx, tracepoint};
/// # use rex::{Result, rex_tracepoint};
/// #[rex_tracepoint]
/// fn on_call(_: &tracepoint<SyscallsEnterOpenCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
///     Ok(ctx.fildes as i32)
/// }
/// ```
pub struct tracepoint<C: TracepointContext + 'static>(PhantomData<fn(&'static C)>);

base_helpers!(impl[C: TracepointContext] tracepoint<C>);
task_helpers!(impl[C: TracepointContext] tracepoint<C>);

impl<C: TracepointContext> tracepoint<C> {
    /// # Safety
    ///
    /// For the program macros: only the kernel runs programs.
    #[doc(hidden)]
    pub const unsafe fn new() -> Self {
        Self(PhantomData)
    }

    /// # Safety
    ///
    /// `ctx` must be what the kernel gave to a program at the tracepoint of `C`.
    #[doc(hidden)]
    pub unsafe fn convert_ctx(&self, ctx: *mut ()) -> &'static C {
        // SAFETY: a trace record of this layout, which stays for the run.
        unsafe { &*ctx.cast() }
    }
}

impl<C: TracepointContext> utils::private::Sealed for tracepoint<C> {}

impl<C: TracepointContext> PerfEventStreamer for tracepoint<C> {
    type Context = C;

    fn output_event<T: Copy + NoRef>(
        &self,
        ctx: &C,
        map: &'static RexPerfEventArray<T>,
        data: &T,
        cpu: PerfEventMaskedCPU,
    ) -> Result {
        let map = map.bound().ok_or(UNBOUND)?;
        // SAFETY: programs have no context but what `convert_ctx` got, since the first field is
        // private; `data` has the size of a `T`.
        let code = call_kernel(|| unsafe {
            kernel::bpf_perf_event_output_tp(
                from_ref(ctx).cast(),
                map,
                cpu.flags(),
                from_ref(data).cast(),
                size_of::<T>() as u64,
            )
        });
        crate::to_result!(code)
    }
}

/// A record that a tracepoint delivers.
pub trait TracepointContext: Copy + private::Sealed {
    /// The tracepoint, as `category/name`.
    #[doc(hidden)]
    const HOOK: &'static str;
}

mod private {
    pub trait Sealed {}
}

macro_rules! contexts {
    ($(#[doc = $hook:literal] $name:ident { $($(#[$field_doc:meta])* $field:ident: $ty:ty),* $(,)? })*) => {
        $(
            #[doc = concat!("`", $hook, "`.")]
            #[repr(C)]
            #[derive(Debug, Clone, Copy)]
            pub struct $name {
                unused: u64,
                $($(#[$field_doc])* pub $field: $ty,)*
            }
            impl private::Sealed for $name {}
            impl TracepointContext for $name {
                const HOOK: &'static str = $hook;
            }
            // The kernel believes what is in a record: it must not come from a map or a packet.
            impl !NoRef for $name {}
        )*
    };
}
contexts! {
    #[doc = "syscalls/sys_enter_open"]
    SyscallsEnterOpenCtx {
        /// System call number.
        syscall_nr: i64,
        /// User address of the path.
        filename_ptr: i64,
        /// Flags of open(2).
        flags: i64,
        /// Mode of a new file.
        mode: i64,
    }
    #[doc = "syscalls/sys_enter_openat"]
    SyscallsEnterOpenatCtx {
        /// System call number.
        syscall_nr: i64,
        /// Folder that a relative path starts from.
        dfd: i64,
        /// User address of the path.
        filename_ptr: i64,
        /// Flags of open(2).
        flags: i64,
        /// Mode of a new file.
        mode: i64,
    }
    #[doc = "syscalls/sys_exit_open"]
    SyscallsExitOpenCtx {
        /// System call number.
        syscall_nr: i64,
        /// Result: a file descriptor or a negative errno.
        ret: i64,
    }
    #[doc = "syscalls/sys_exit_openat"]
    SyscallsExitOpenatCtx {
        /// System call number.
        syscall_nr: i64,
        /// Result: a file descriptor or a negative errno.
        ret: i64,
    }
    #[doc = "syscalls/sys_enter_dup"]
    SyscallsEnterDupCtx {
        /// System call number.
        syscall_nr: i64,
        /// File descriptor to duplicate.
        fildes: u64,
    }
    #[doc = "raw_syscalls/sys_enter"]
    RawSyscallsEnterCtx {
        /// System call number.
        id: i64,
        /// Arguments.
        args: [u64; 6],
    }
    #[doc = "raw_syscalls/sys_exit"]
    RawSyscallsExitCtx {
        /// System call number.
        id: i64,
        /// Result.
        ret: i64,
    }
}
