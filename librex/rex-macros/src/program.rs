// SPDX-License-Identifier: MIT OR Apache-2.0

//! The program macros: from a function to its program object.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, FnArg, Ident, ItemFn, Lit, MetaNameValue, Token, Type, parse2};

use crate::map::refuse;

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Kprobe,
    Uprobe,
    Tracepoint,
    PerfEvent,
    Xdp,
    Tc,
}

/// What the section of a tracepoint program starts with.
const TRACEPOINT: &str = "rex/tracepoint/";

/// Tracepoint contexts of the `rex` crate and the hooks that deliver them.
const HOOKS: [(&str, &str); 7] = [
    ("SyscallsEnterOpenCtx", "syscalls/sys_enter_open"),
    ("SyscallsEnterOpenatCtx", "syscalls/sys_enter_openat"),
    ("SyscallsExitOpenCtx", "syscalls/sys_exit_open"),
    ("SyscallsExitOpenatCtx", "syscalls/sys_exit_openat"),
    ("SyscallsEnterDupCtx", "syscalls/sys_enter_dup"),
    ("RawSyscallsEnterCtx", "raw_syscalls/sys_enter"),
    ("RawSyscallsExitCtx", "raw_syscalls/sys_exit"),
];

pub fn expand(kind: Kind, args: Tokens, item: Tokens) -> TokenStream {
    match try_expand(kind, args, item) {
        Ok(tokens) => tokens.into(),
        Err(error) => refuse(error),
    }
}

fn try_expand(kind: Kind, args: Tokens, item: Tokens) -> Result<Tokens, Error> {
    let function: ItemFn = parse2(item)?;
    if !matches!(kind, Kind::Kprobe | Kind::Uprobe) {
        crate::ignore(args.clone());
    }
    let section = section(kind, args, &function)?;
    let program = match kind {
        Kind::Kprobe | Kind::Uprobe => quote!(::rex::kprobe::kprobe),
        Kind::Tracepoint => {
            let context = context(&function)?;
            quote!(::rex::tracepoint::tracepoint<#context>)
        }
        Kind::PerfEvent => quote!(::rex::perf_event::perf_event),
        Kind::Xdp => quote!(::rex::xdp::xdp),
        Kind::Tc => quote!(::rex::sched_cls::sched_cls),
    };
    let name = &function.sig.ident;
    let text = name.to_string();
    let object = format_ident!("PROG_{}", text.to_uppercase());
    let entry = format_ident!("__rex_entry_{}", name);
    // SAFETY: the kernel compares the section with the program's type, and calls the entry with the
    // context of such a program. No token in the block is the extension's.
    let converted = quote!(unsafe { Program::convert_ctx(&PROGRAM, ctx) });
    // The context is a mutable reference where the hook lets programs change it.
    let context = match kind {
        Kind::Kprobe | Kind::Uprobe | Kind::Tracepoint | Kind::PerfEvent => converted,
        Kind::Xdp | Kind::Tc => quote!(&mut #converted),
    };
    let check = match kind {
        Kind::Tracepoint => {
            let (ty, hook) = (self::context(&function)?, section.strip_prefix(TRACEPOINT));
            quote!(const _: () = ::rex::__same_hook::<#ty>(#hook);)
        }
        _ => Tokens::new(),
    };
    // SAFETY of `new`: the program is made for the entry that only the kernel calls.
    Ok(quote! {
        #check

        #[inline(always)]
        #function

        #[doc(hidden)]
        #[used]
        #[unsafe(link_section = #section)]
        static #object: ::rex::ProgramObject = {
            extern "C" fn #entry(ctx: *mut ()) -> u32 {
                type Program = #program;
                static PROGRAM: Program = unsafe { Program::new() };
                ::rex::ProgramObject::value(#name(&PROGRAM, #context))
            }
            ::rex::ProgramObject::new(#text, #entry)
        };
    })
}

/// The link section, which says what kind of program this is and where it is attached.
fn section(kind: Kind, args: Tokens, function: &ItemFn) -> Result<String, Error> {
    Ok(match kind {
        Kind::Kprobe => with_target("rex/kprobe", args)?,
        Kind::Uprobe => with_target("rex/uprobe", args)?,
        Kind::Tracepoint => {
            let context = context_name(function)?;
            match HOOKS.iter().find(|(name, _)| context == name) {
                Some((_, hook)) => format!("{TRACEPOINT}{hook}"),
                None => {
                    let known: Vec<_> = HOOKS.iter().map(|(name, _)| *name).collect();
                    let why = format!("`{context}` is no tracepoint context; there are {}", known.join(", "));
                    return Err(Error::new(context.span(), why));
                }
            }
        }
        Kind::PerfEvent => "rex/perf_event".into(),
        Kind::Xdp => "rex/xdp".into(),
        Kind::Tc => "rex/tc".into(),
    })
}

/// `function = "target"` among the arguments. Other keys do nothing, with a warning, but must be `key = "string"`.
fn with_target(section: &str, args: Tokens) -> Result<String, Error> {
    let mut target = String::new();
    for arg in Punctuated::<MetaNameValue, Token![,]>::parse_terminated.parse2(args)? {
        let Expr::Lit(ExprLit { lit: Lit::Str(value), .. }) = &arg.value else {
            return Err(Error::new_spanned(
                arg.value,
                "expected a string literal, for example `function = \"do_sys_open\"`",
            ));
        };
        if arg.path.is_ident("function") {
            target = value.value();
        } else {
            let what =
                "the one argument is `function = \"...\"`; this does nothing, and the loader has to say what is probed";
            crate::warn(arg.path.span(), what, "write `function` in its place");
        }
    }
    Ok(if target.is_empty() { section.into() } else { format!("{section}/{target}") })
}

/// The type behind the reference that is the last parameter.
fn context(function: &ItemFn) -> Result<&Type, Error> {
    match function.sig.inputs.last() {
        Some(FnArg::Typed(parameter)) => match &*parameter.ty {
            Type::Reference(reference) => Ok(&reference.elem),
            other => Err(Error::new_spanned(
                other,
                "the context of a tracepoint program is a reference, for example `&'static SyscallsEnterDupCtx`",
            )),
        },
        _ => Err(Error::new_spanned(&function.sig, "a tracepoint program takes `&tracepoint<C>` and `&'static C`")),
    }
}

fn context_name(function: &ItemFn) -> Result<&Ident, Error> {
    let ty = context(function)?;
    match ty {
        Type::Path(path) => Ok(&path.path.segments.last().expect("a path has a segment").ident),
        other => Err(Error::new_spanned(other, "expected a tracepoint context such as `SyscallsEnterDupCtx`")),
    }
}
