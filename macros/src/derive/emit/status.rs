//! `AsText` and `Status` of a status enum.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::values::{emit_present, emit_text, name_literal, variant_ident};
use crate::derive::model::{ImplTarget, StatusModel, StatusVariant, StatusWord};
use crate::spans;

pub(in crate::derive) fn emit_status(target: &ImplTarget, model: &StatusModel) -> TokenStream {
    let ImplTarget { ident, krate, .. } = target;
    let present = emit_present(target);
    // The text and the verdict are two matches over the same variants.
    let words = model.variants.iter().map(|variant| emit_word(variant, target));
    let statuses = model.variants.iter().map(|variant| emit_item_status(variant, target));
    let status = model.has_verdicts.then(|| {
        quote! {
            impl #krate::__private::Status for #ident {
                const CODES: #krate::__private::Codes = <Self as #krate::__private::AsText>::CODES;
                fn verdict(&self) -> ::core::option::Option<#krate::__private::Verdict> {
                    match self { #(#statuses),* }
                }
                fn word(&self) -> ::core::option::Option<#krate::__private::Cow<'_, str>> {
                    #krate::__private::AsText::text(self)
                }
            }
        }
    });
    let read = target.repr.as_ref().map(|numbers| emit_read(target, &model.variants, numbers));
    let words = match &read {
        // `1 as i64` is the word, and the code of a failure.
        Some(_) => emit_number_words(&model.variants, target),
        None => quote!(#(#words),*),
    };
    let codes = emit_codes(target, model);
    quote! {
        #read
        impl #krate::__private::AsText for #ident {
            const CODES: #krate::__private::Codes = #codes;
            fn text(&self) -> ::core::option::Option<#krate::__private::Cow<'_, str>> {
                match self { #words }
            }
        }
        #present
        #status
    }
}

/// The codes of the enum: its words or numbers, and those of a type that it holds for others.
fn emit_codes(target: &ImplTarget, model: &StatusModel) -> TokenStream {
    let krate = &target.krate;
    let private = quote!(#krate::__private);
    if target.repr.is_some() {
        // A number without a variant has no text.
        let known = model.variants.iter().filter(|variant| !variant.is_other).map(|variant| &variant.ident);
        return quote!(#private::Codes::of(#private::CodeSet::Numbers(&[#(Self::#known as ::core::primitive::i128),*])));
    }
    let fixed = model.variants.iter().filter_map(|variant| match &variant.word {
        StatusWord::Fixed(word) => Some(name_literal(word)),
        StatusWord::Held(_) => None,
    });
    let held = model.variants.iter().filter_map(|variant| match &variant.word {
        StatusWord::Held(ty) => Some(quote!(.or(<#ty as #private::AsText>::CODES))),
        StatusWord::Fixed(_) => None,
    });
    quote!(#private::Codes::of(#private::CodeSet::Words(&[#(#fixed),*])) #(#held)*)
}

/// `Deserialize` from a number, or from a string with one. At the integer type, so that rustc reports a second `Deserialize` there.
fn emit_read(target: &ImplTarget, variants: &[StatusVariant], numbers: &Ident) -> TokenStream {
    let ImplTarget { ident, krate, .. } = target;
    let private = quote!(#krate::__private);
    let known = variants.iter().filter(|variant| !variant.is_other);
    let arms = known.map(|StatusVariant { ident, .. }| {
        quote!(number if number == Self::#ident as ::core::primitive::i128 => ::core::result::Result::Ok(Self::#ident),)
    });
    let other = variants.iter().find(|variant| variant.is_other).map(|other| {
        let other = &other.ident;
        quote!(_ => ::core::result::Result::Ok(Self::#other),)
    });
    let other =
        other.unwrap_or_else(|| quote!(number => ::core::result::Result::Err(#private::unknown_status(number)),));
    let implementation = spans::place(quote!(impl<'de> #private::serde::Deserialize<'de> for #ident), numbers.span());
    quote! {
        #implementation {
            fn deserialize<D: #private::serde::Deserializer<'de>>(from: D) -> ::core::result::Result<Self, D::Error> {
                match #private::status_number(from)? {
                    #(#arms)*
                    #other
                }
            }
        }
    }
}

fn emit_number_words(variants: &[StatusVariant], target: &ImplTarget) -> TokenStream {
    let krate = &target.krate;
    let arms = variants.iter().map(|StatusVariant { ident, is_other, .. }| {
        if *is_other {
            return quote!(Self::#ident => ::core::option::Option::None);
        }
        let number = quote!(Self::#ident as ::core::primitive::i128);
        quote!(Self::#ident => ::core::option::Option::Some(#krate::__private::status_word(#number)))
    });
    quote!(#(#arms),*)
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
    // Without variants, so no number is a status.
    let read = target.repr.as_ref().map(|numbers| emit_read(target, &[], numbers));
    quote! {
        #read
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
