//! Expressions and small impls that several derives emit.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{LitStr, Type};

use crate::derive::model::{FieldModel, ImplTarget};

/// A JSON name as a literal with the span of the call site, so that no error points into a field name.
pub(super) fn name_literal(name: &str) -> LitStr {
    LitStr::new(name, Span::call_site())
}

/// The variant of the runtime's enums for a word of the grammar: `Failed` for `failed`.
pub(super) fn variant_ident(word: &str) -> Ident {
    // Words of the grammar are ASCII.
    let variant = word[..1].to_ascii_uppercase() + &word[1..];
    Ident::new(&variant, Span::call_site())
}

/// `&self.message`
pub(super) fn field_of_self(field: &FieldModel) -> TokenStream {
    let member = &field.member;
    quote!(&self.#member)
}

/// `AsText::text(&self.message)`. rustc reports errors in it at the field's type.
pub(super) fn emit_text(ty: &Type, value: &TokenStream) -> TokenStream {
    quote!(<#ty as __bulk::AsText>::text(#value))
}

/// `Detail::code(&self.error)`
pub(super) fn emit_nested(ty: &Type, method: &str, value: &TokenStream) -> TokenStream {
    let method = format_ident!("{method}");
    quote!(<#ty as __bulk::Detail>::#method(#value))
}

/// The first of several `Option`s that is `Some`, at run time.
pub(super) fn emit_first_some(options: impl IntoIterator<Item = TokenStream>) -> Option<TokenStream> {
    options.into_iter().reduce(|first, next| quote!(__bulk::Option::or_else(#first, || #next)))
}

/// The key's type, and a `Cow` of it.
pub(super) fn emit_key(keys: &[FieldModel]) -> (TokenStream, TokenStream) {
    let cow = quote!(__bulk::Cow);
    match keys {
        // One field is borrowed. Several are cloned into a tuple.
        [key] => {
            let (ty, member) = (&key.ty, &key.member);
            (quote!(#ty), quote!(#cow::Borrowed(&self.#member)))
        }
        keys => {
            let types = keys.iter().map(|key| &key.ty);
            let clones = keys.iter().map(|key| {
                let member = &key.member;
                quote!(::core::clone::Clone::clone(&self.#member))
            });
            (quote!((#(#types),*)), quote!(#cow::Owned((#(#clones),*))))
        }
    }
}

/// The text around a key.
pub(super) fn emit_key_text(text: &str) -> TokenStream {
    quote!(__bulk::KeyText::of(#text))
}

/// A value of the type is always present, unlike a `None` or an empty text.
pub(super) fn emit_present(target: &ImplTarget) -> TokenStream {
    let ident = &target.ident;
    quote! {
        impl __bulk::IsPresent for #ident {
            fn is_present(&self) -> ::core::primitive::bool {
                true
            }
        }
    }
}
