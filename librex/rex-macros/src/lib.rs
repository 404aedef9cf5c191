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
#[proc_macro_attribute]
pub fn rex_kprobe(args: TokenStream, item: TokenStream) -> TokenStream {
    program::expand(Kind::Kprobe, args.into(), item.into())
}

/// A uprobe: `fn(&kprobe, &mut PtRegs) -> Result`. `function = "binary:symbol[+offset]"` names the
/// probed place; without it the loader chooses.
#[proc_macro_attribute]
pub fn rex_uprobe(args: TokenStream, item: TokenStream) -> TokenStream {
    program::expand(Kind::Uprobe, args.into(), item.into())
}

/// A tracepoint program: `fn(&tracepoint<C>, &'static C) -> Result`; the context `C` says where.
#[proc_macro_attribute]
pub fn rex_tracepoint(args: TokenStream, item: TokenStream) -> TokenStream {
    program::expand(Kind::Tracepoint, args.into(), item.into())
}

/// A perf event program: `fn(&perf_event, &bpf_perf_event_data) -> Result`.
#[proc_macro_attribute]
pub fn rex_perf_event(args: TokenStream, item: TokenStream) -> TokenStream {
    program::expand(Kind::PerfEvent, args.into(), item.into())
}

/// An XDP program: `fn(&xdp, &mut xdp_md) -> Result`.
#[proc_macro_attribute]
pub fn rex_xdp(args: TokenStream, item: TokenStream) -> TokenStream {
    program::expand(Kind::Xdp, args.into(), item.into())
}

/// A traffic control classifier: `fn(&sched_cls, &mut __sk_buff) -> Result`.
#[proc_macro_attribute]
pub fn rex_tc(args: TokenStream, item: TokenStream) -> TokenStream {
    program::expand(Kind::Tc, args.into(), item.into())
}

/// A map: a static of a type of `rex::map`. The map's name is the static's.
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
