//! Somebody's macros, which may be used but are not trusted.

use proc_macro::TokenStream;

fn code(text: &str) -> TokenStream {
    text.parse().unwrap()
}

#[proc_macro]
pub fn safe_code(_: TokenStream) -> TokenStream {
    code("1u32 + 2")
}

#[proc_macro]
pub fn unsafe_code(_: TokenStream) -> TokenStream {
    code("unsafe { core::ptr::read_volatile(&1u32) }")
}

#[proc_macro]
pub fn assembly(_: TokenStream) -> TokenStream {
    code("unsafe { core::arch::asm!(\"hlt\") }")
}

#[proc_macro]
pub fn leak(_: TokenStream) -> TokenStream {
    code("core::mem::forget(rex::lock())")
}

#[proc_macro]
pub fn exported(_: TokenStream) -> TokenStream {
    code("#[unsafe(no_mangle)] pub fn memcpy() {}")
}
