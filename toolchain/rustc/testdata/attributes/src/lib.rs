//! Somebody's macros that read items, and with them what the runtime's macros wrote there.

use proc_macro::TokenStream;

#[proc_macro_attribute]
pub fn same(_: TokenStream, item: TokenStream) -> TokenStream {
    item
}

#[proc_macro_derive(Nothing)]
pub fn nothing(_: TokenStream) -> TokenStream {
    TokenStream::new()
}
