// SPDX-License-Identifier: GPL-2.0

//! Kernel extensions in safe Rust.
//!
//! An extension is a `no_std`, `no_main` program whose functions carry one of the attribute
//! macros below. It runs in the kernel, on a stack of its own, without a verifier: what makes it
//! safe is the language, the compiler's `enable_rex` switch, and this crate.
//!
//! ```rust
//! #![no_std]
//! #![no_main]
//!
//! use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
//! use rex::{Result, rex_printk, rex_tracepoint};
//!
//! #[rex_tracepoint]
//! fn on_dup(obj: &tracepoint<SyscallsEnterDupCtx>, _: &'static SyscallsEnterDupCtx) -> Result {
//!     rex_printk!("dup(2) on CPU {}", obj.bpf_get_smp_processor_id())
//! }
//! ```
//!
//! # Panics
//!
//! An index out of range, an `unwrap()` of `None`, a division by zero or a `panic!` ends the program, not the kernel: locks are
//! unlocked, references and reserved space given back, the reason goes to the kernel's log, and the hook gets the default of its type. A
//! program that runs for too long, or out of stack, ends in the same way.
//!
//! ```rust
//! # #![no_std]
//! # #![no_main]
//! use rex::map::RexArrayMap;
//! use rex::spinlock::{bpf_spin_lock, rex_spinlock_guard};
//! use rex::xdp::{XDP_PASS, xdp, xdp_md};
//! use rex::{Result, rex_map, rex_xdp};
//!
//! #[derive(Clone, Copy)]
//! struct Types {
//!     lock: bpf_spin_lock,
//!     seen: [u64; 256],
//! }
//!
//! #[rex_map]
//! static TYPES: RexArrayMap<Types> = RexArrayMap::new(1, 0);
//!
//! #[rex_xdp]
//! fn count_types(_: &xdp, ctx: &mut xdp_md) -> Result {
//!     let Some(types) = TYPES.get_mut(&0) else {
//!         return Ok(XDP_PASS as i32);
//!     };
//!     let _guard = rex_spinlock_guard::new(&mut types.lock);
//!     // A packet of 34 bytes or less ends the program here, and the next one finds the lock free.
//!     types.seen[ctx.data_slice[34] as usize] += 1;
//!     Ok(XDP_PASS as i32)
//! }
//! ```

#![no_std]
#![feature(auto_traits, negative_impls)]
// To ask of a type which bits are a value, when the program is compiled.
#![feature(const_heap, core_intrinsics, type_info)]
#![allow(internal_features)]
// C-style names are the kernel's, and extensions know them.
#![allow(non_camel_case_types)]

mod checks;
mod helpers;
mod kernel;
mod net;
mod panic;
mod printk;
mod program;
mod ringbuf;
mod run;
mod value;

pub mod kprobe;
pub mod linux;
pub mod map;
pub mod perf_event;
pub mod pt_regs;
pub mod sched_cls;
pub mod spinlock;
pub mod task_struct;
pub mod tracepoint;
pub mod utils;
pub mod xdp;

/// For the macros, whatever else has that name in an extension.
#[doc(hidden)]
pub use core as __core;
pub use printk::rex_trace_printk;
#[doc(hidden)]
pub use program::{ProgramObject, is_map as __is_map, same_hook as __same_hook};
pub use rex_macros::{rex_kprobe, rex_map, rex_perf_event, rex_tc, rex_tracepoint, rex_uprobe, rex_xdp};
pub use utils::Result;
#[doc(hidden)]
pub use utils::read_at as __read_at;
