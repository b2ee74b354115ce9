//! `#[derive(BulkItem)]`.

use proc_macro2::TokenStream;
use quote::quote;

use super::fields::{Field, emit_key, read_fields};
use super::serde_names::ContainerNames;
use super::{Derive, Input};
use crate::report::Report;
use crate::symbol::{ITEM_WORDS, KEY};

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let derive = Derive { name: "BulkItem", words: &ITEM_WORDS, build, fallback: emit_keyless };
    derive.expand(input)
}

fn build(input: &Input, report: &Report) -> Option<TokenStream> {
    let fields = input.struct_fields("a derived item", report)?;
    let newtype = fields.len() == 1
        && (matches!(fields, syn::Fields::Unnamed(_)) || ContainerNames::read(&input.attributes).transparent);
    let fields = read_fields(fields, &input.attributes, &ITEM_WORDS.on_field, report);
    let keys: Vec<&Field<'_>> = fields.iter().filter(|field| field.words.get(KEY).is_some()).collect();
    Some(match keys.as_slice() {
        [] if newtype => emit_newtype(input),
        [] => emit_keyless(input),
        keys => emit_keyed(input, keys),
    })
}

/// A newtype is its own key, and an element that is a bare key.
fn emit_newtype(input: &Input) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    quote! {
        impl #krate::BulkItem for #ident {
            type Key = #ident;
            const OWN_KEY: bool = true;
            fn key(&self) -> #krate::__private::Cow<'_, Self::Key> {
                #krate::__private::Cow::Borrowed(self)
            }
        }
        impl #krate::ItemReply for #ident {
            type Key = #ident;
            type Success = ();
            type Failure = #krate::__private::Listed;
            const SHAPE: #krate::__private::ElementShape = #krate::__private::ElementShape::bare();
            fn address(&self) -> #krate::__private::Address<'_, Self::Key> {
                #krate::__private::Address::Key(#krate::__private::Cow::Borrowed(self))
            }
            fn into_success(self) {}
            fn into_failure(self, list: &'static str) -> #krate::__private::Listed {
                #krate::__private::Listed { list }
            }
        }
        impl #krate::__private::Detail for #ident {}
    }
}

fn emit_keyed(input: &Input, keys: &[&Field<'_>]) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    let (key, value) = emit_key(keys, krate);
    quote! {
        impl #krate::BulkItem for #ident {
            type Key = #key;
            fn key(&self) -> #krate::__private::Cow<'_, Self::Key> {
                #value
            }
        }
    }
}

fn emit_keyless(input: &Input) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    quote! {
        impl #krate::BulkItem for #ident {
            type Key = ();
            const KEYED: bool = false;
            fn key(&self) -> #krate::__private::Cow<'_, Self::Key> {
                #krate::__private::Cow::Owned(())
            }
        }
    }
}
