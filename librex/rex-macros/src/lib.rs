// SPDX-License-Identifier: MIT OR Apache-2.0

//! The attribute macros of the `rex` crate, which exports them.
//!
//! A program macro leaves the function as it is and adds a *program object*: a static in link
//! section `rex/<type>[/<target>]` from which the compiler's Entry pass makes the symbol that
//! loaders look for. All unsafe tokens carry the macro's span, so that an extension that
//! forbids `unsafe_code` accepts them.

#![feature(proc_macro_diagnostic)]

mod map;
mod program;

use proc_macro::{Diagnostic, Level, TokenStream};
use proc_macro2::{Span, TokenStream as Tokens};

use program::Kind;

/// A kprobe: `fn(&kprobe, &mut PtRegs) -> Result`. `function = "symbol"` names the function that
/// is probed; without it the loader chooses.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// use rex::kprobe::kprobe;
/// use rex::pt_regs::PtRegs;
/// use rex::{Result, rex_kprobe, rex_printk};
///
/// #[rex_kprobe(function = "vfs_read")]
/// fn on_read(obj: &kprobe, regs: &mut PtRegs) -> Result {
///     let Some(task) = obj.bpf_get_current_task() else {
///         return Ok(0);
///     };
///     // The third argument of vfs_read().
///     rex_printk!("PID {} wants {} bytes", task.get_pid(), regs.rdx())
/// }
/// ```
#[proc_macro_attribute]
pub fn rex_kprobe(args: TokenStream, item: TokenStream) -> TokenStream {
    program::expand(Kind::Kprobe, args.into(), item.into())
}

/// A uprobe: `fn(&kprobe, &mut PtRegs) -> Result`. `function = "binary:symbol[+offset]"` names the
/// probed place; without it the loader chooses.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// use rex::kprobe::kprobe;
/// use rex::pt_regs::PtRegs;
/// use rex::{Result, rex_printk, rex_uprobe};
///
/// #[rex_uprobe(function = "/usr/bin/bash:readline")]
/// fn on_prompt(obj: &kprobe, _: &mut PtRegs) -> Result {
///     let Some(task) = obj.bpf_get_current_task() else {
///         return Ok(0);
///     };
///     rex_printk!("shell {} waits for a line", task.get_pid())
/// }
/// ```
#[proc_macro_attribute]
pub fn rex_uprobe(args: TokenStream, item: TokenStream) -> TokenStream {
    program::expand(Kind::Uprobe, args.into(), item.into())
}

/// A tracepoint program: `fn(&tracepoint<C>, &'static C) -> Result`; the context `C` says where.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// use rex::{Result, rex_printk, rex_tracepoint};
///
/// #[rex_tracepoint]
/// fn on_dup(obj: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
///     let Some(task) = obj.bpf_get_current_task() else {
///         return Ok(0);
///     };
///     rex_printk!("PID {} calls dup({})", task.get_pid(), ctx.fildes)
/// }
/// ```
#[proc_macro_attribute]
pub fn rex_tracepoint(args: TokenStream, item: TokenStream) -> TokenStream {
    program::expand(Kind::Tracepoint, args.into(), item.into())
}

/// A perf event program: `fn(&perf_event, &bpf_perf_event_data) -> Result`.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// use rex::perf_event::{bpf_perf_event_data, perf_event};
/// use rex::{Result, rex_perf_event, rex_printk};
///
/// #[rex_perf_event]
/// fn on_sample(obj: &perf_event, ctx: &bpf_perf_event_data) -> Result {
///     rex_printk!("CPU {} is at {:#x}", obj.bpf_get_smp_processor_id(), ctx.regs().rip())
/// }
/// ```
#[proc_macro_attribute]
pub fn rex_perf_event(args: TokenStream, item: TokenStream) -> TokenStream {
    program::expand(Kind::PerfEvent, args.into(), item.into())
}

/// An XDP program: `fn(&xdp, &mut xdp_md) -> Result`.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// use rex::xdp::{IPPROTO_UDP, XDP_DROP, XDP_PASS, ethhdr, iphdr, udphdr, xdp, xdp_md};
/// use rex::{Result, rex_xdp};
///
/// const HEADERS: usize = size_of::<ethhdr>() + size_of::<iphdr>() + size_of::<udphdr>();
///
/// #[rex_xdp]
/// fn drop_discard(obj: &xdp, ctx: &mut xdp_md) -> Result {
///     // A view of a header panics if the packet is too short for it.
///     if ctx.data_length() < HEADERS || u16::from_be(obj.eth_header(ctx).h_proto) != 0x0800 {
///         return Ok(XDP_PASS as i32);
///     }
///     let udp = u32::from(obj.ip_header(ctx).protocol) == IPPROTO_UDP;
///     if udp && u16::from_be(obj.udp_header(ctx).dest) == 9 {
///         return Ok(XDP_DROP as i32);
///     }
///     Ok(XDP_PASS as i32)
/// }
/// ```
#[proc_macro_attribute]
pub fn rex_xdp(args: TokenStream, item: TokenStream) -> TokenStream {
    program::expand(Kind::Xdp, args.into(), item.into())
}

/// A traffic control classifier: `fn(&sched_cls, &mut __sk_buff) -> Result`.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// use rex::sched_cls::{__sk_buff, TC_ACT_OK, TC_ACT_SHOT, sched_cls};
/// use rex::{Result, rex_tc};
///
/// #[rex_tc]
/// fn no_jumbo_frames(_: &sched_cls, skb: &mut __sk_buff) -> Result {
///     let verdict = if skb.len() > 1514 { TC_ACT_SHOT } else { TC_ACT_OK };
///     Ok(verdict as i32)
/// }
/// ```
#[proc_macro_attribute]
pub fn rex_tc(args: TokenStream, item: TokenStream) -> TokenStream {
    program::expand(Kind::Tc, args.into(), item.into())
}

/// A map: a static of a type of `rex::map`. The map's name is the static's.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// use rex::map::RexHashMap;
/// use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// use rex::{Result, rex_map, rex_tracepoint};
///
/// #[rex_map]
/// static CALLS: RexHashMap<i32, u64> = RexHashMap::new(1024, 0);
///
/// #[rex_tracepoint]
/// fn count(obj: &tracepoint<SyscallsEnterDupCtx>, _: &'static SyscallsEnterDupCtx) -> Result {
///     let Some(task) = obj.bpf_get_current_task() else {
///         return Ok(0);
///     };
///     match CALLS.get_mut(&task.get_pid()) {
///         Some(calls) => *calls += 1,
///         None => {
///             CALLS.insert_new(&task.get_pid(), &1)?;
///         }
///     }
///     Ok(0)
/// }
/// ```
///
/// Without the attribute the loader would make no map of it, so that does not compile:
///
/// ```compile_fail,REX0007
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_tracepoint};
/// use rex::map::RexArrayMap;
///
/// static FORGOTTEN: RexArrayMap<u64> = RexArrayMap::new(1, 0);
/// #
/// # #[rex_tracepoint]
/// # fn prog(_: &tracepoint<SyscallsEnterDupCtx>, _: &'static SyscallsEnterDupCtx) -> Result {
/// #     FORGOTTEN.insert(&0, &1)
/// # }
/// ```
#[proc_macro_attribute]
pub fn rex_map(args: TokenStream, item: TokenStream) -> TokenStream {
    ignore(args.into());
    map::expand(item.into())
}

/// Says of arguments that they do nothing. They are no error: there have been some.
pub(crate) fn ignore(args: Tokens) {
    if let Some(first) = args.into_iter().next() {
        warn(first.span(), "this macro takes no arguments; they do nothing", "remove them");
    }
}

pub(crate) fn warn(at: Span, what: &str, instead: &str) {
    Diagnostic::spanned(at.unwrap(), Level::Warning, what).help(instead).emit();
}
