// SPDX-License-Identifier: GPL-2.0

//! Constants and structs of the kernel's user space interface: one module per header, made by
//! bindgen from the headers of the kernel that extensions are built for.
//!
//! ```rust
//! # #![no_std]
//! # #![no_main]
//! use rex::linux::errno::EACCES;
//! use rex::linux::unistd::{__NR_getuid, __NR_getsid};
//! # use rex::tracepoint::{RawSyscallsExitCtx, tracepoint};
//! # use rex::{Result, rex_printk, rex_tracepoint};
//!
//! #[rex_tracepoint]
//! fn on_return(_: &tracepoint<RawSyscallsExitCtx>, ctx: &'static RawSyscallsExitCtx) -> Result {
//!     match ctx.id as u32 {
//!         __NR_getuid..=__NR_getsid => Ok(0), // about identities
//!         call if ctx.ret == -i64::from(EACCES) => rex_printk!("call {call} was not allowed"),
//!         _ => Ok(0),
//!     }
//! }
//! ```

macro_rules! headers {
    ($($(#[$doc:meta])* $module:ident = $file:literal;)*) => {
        $(
            $(#[$doc])*
            #[allow(non_camel_case_types, non_snake_case, non_upper_case_globals, missing_docs)]
            #[allow(unsafe_op_in_unsafe_fn, clippy::all)]
            #[allow(unknown_lints, unnecessary_transmutes)] // the second one is young
            pub mod $module {
                include!(concat!(env!("REX_BINDINGS"), $file));
            }
        )*
    };
}
headers! {
    /// `linux/bpf.h`.
    bpf = "/bpf.rs";
    /// `linux/errno.h`: positive numbers.
    errno = "/errno.rs";
    /// `linux/in.h`.
    r#in = "/in.rs";
    /// `linux/perf_event.h`.
    perf_event = "/perf_event.rs";
    /// `linux/pkt_cls.h`.
    pkt_cls = "/pkt_cls.rs";
    /// `linux/ptrace.h`, without `pt_regs`: [`PtRegs`](crate::pt_regs::PtRegs) is the kernel's.
    ptrace = "/ptrace.rs";
    /// `linux/seccomp.h`.
    seccomp = "/seccomp.rs";
    /// `linux/unistd.h`: system call numbers.
    unistd = "/unistd.rs";
}
