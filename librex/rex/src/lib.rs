// SPDX-License-Identifier: GPL-2.0

//! Kernel extensions in safe Rust.
//!
//! An extension is a `no_std`, `no_main` program whose functions carry one of the attribute
//! macros below. It runs in the kernel, on a stack of its own, without a verifier: what makes it
//! safe is the language, the compiler's `enable_rex` switch, and this crate.

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
