// SPDX-License-Identifier: MIT OR Apache-2.0

//! `#[rex_map]`: a static becomes a record in section `.maps`, under its own name.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::{Error, Item, StaticMutability, parse2};

pub fn expand(item: Tokens) -> TokenStream {
    let map = match parse2::<Item>(item) {
        Ok(Item::Static(map)) => map,
        Ok(other) => {
            return refuse(Error::new_spanned(
                other,
                "a map is a `static`, for example `static COUNTS: RexArrayMap<u64> = RexArrayMap::new(1, 0);`",
            ));
        }
        Err(error) => return refuse(error),
    };
    if let StaticMutability::Mut(token) = &map.mutability {
        return refuse(Error::new_spanned(
            token,
            "a map is changed through its methods, which take it as shared; remove `mut`",
        ));
    }
    let name = &map.ident;
    let cfgs = map.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    // The record is the kernel's to read and write: nothing else than a handle may be in its place.
    quote! {
        #(#cfgs)*
        const _: () = ::rex::__is_map(&#name);

        #[allow(non_upper_case_globals)]
        #[unsafe(link_section = ".maps")]
        #[unsafe(no_mangle)]
        #[used]
        #map
    }
    .into()
}

pub fn refuse(error: Error) -> TokenStream {
    error.into_compile_error().into()
}
