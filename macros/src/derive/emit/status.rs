//! `AsText` and `Status` of a status enum.

use proc_macro2::TokenStream;
use quote::quote;

use super::values::{emit_present, emit_text, name_literal, variant_ident};
use crate::derive::model::{ImplTarget, StatusModel, StatusVariant, StatusWord};

pub(in crate::derive) fn emit_status(target: &ImplTarget, model: &StatusModel) -> TokenStream {
    let ImplTarget { ident, krate, .. } = target;
    let present = emit_present(target);
    // The text and the verdict are two matches over the same variants.
    let words = model.variants.iter().map(|variant| emit_word(variant, target));
    let statuses = model.variants.iter().map(|variant| emit_item_status(variant, target));
    quote! {
        impl #krate::__private::AsText for #ident {
            fn text(&self) -> ::core::option::Option<#krate::__private::Cow<'_, str>> {
                match self { #(#words),* }
            }
        }
        #present
        impl #krate::__private::Status for #ident {
            fn verdict(&self) -> ::core::option::Option<#krate::__private::Verdict> {
                match self { #(#statuses),* }
            }
            fn word(&self) -> ::core::option::Option<#krate::__private::Cow<'_, str>> {
                #krate::__private::AsText::text(self)
            }
        }
    }
}

fn emit_word(variant: &StatusVariant, target: &ImplTarget) -> TokenStream {
    let (name, krate) = (&variant.ident, &target.krate);
    match &variant.word {
        StatusWord::Held(ty) => {
            let text = emit_text(ty, &quote!(word), krate);
            quote!(Self::#name(word) => #text)
        }
        StatusWord::Fixed(word) => {
            let word = name_literal(word);
            quote!(Self::#name { .. } => ::core::option::Option::Some(#krate::__private::Cow::Borrowed(#word)))
        }
    }
}

fn emit_item_status(variant: &StatusVariant, target: &ImplTarget) -> TokenStream {
    let (name, krate) = (&variant.ident, &target.krate);
    match variant.mark.map(variant_ident) {
        Some(mark) => {
            quote!(Self::#name { .. } => ::core::option::Option::Some(#krate::__private::Verdict::#mark))
        }
        None => quote!(Self::#name { .. } => ::core::option::Option::None),
    }
}

/// The fallback for an invalid status. It reports nothing.
pub(in crate::derive) fn emit_fallback(target: &ImplTarget) -> TokenStream {
    let present = emit_present(target);
    let ImplTarget { ident, krate, .. } = target;
    quote! {
        impl #krate::__private::AsText for #ident {
            fn text(&self) -> ::core::option::Option<#krate::__private::Cow<'_, str>> {
                ::core::option::Option::None
            }
        }
        #present
        impl #krate::__private::Status for #ident {
            fn verdict(&self) -> ::core::option::Option<#krate::__private::Verdict> {
                ::core::option::Option::None
            }
        }
    }
}
