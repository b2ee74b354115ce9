//! `AsText` and `Status` of a status enum.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::values::{emit_present, emit_text, name_literal, variant_ident};
use crate::derive::model::{ImplTarget, StatusModel, StatusVariant, StatusWord};
use crate::spans;

pub(in crate::derive) fn emit_status(target: &ImplTarget, model: &StatusModel) -> TokenStream {
    let ident = &target.ident;
    let present = emit_present(target);
    // The text and the verdict are two matches over the same variants.
    let words = model.variants.iter().map(emit_word);
    let statuses = model.variants.iter().map(emit_item_status);
    let status = model.has_verdicts.then(|| {
        quote! {
            impl __bulk::Status for #ident {
                const CODES: __bulk::Codes = <Self as __bulk::AsText>::CODES;
                fn verdict(&self) -> __bulk::Option<__bulk::Verdict> {
                    match self { #(#statuses),* }
                }
                fn word(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
                    __bulk::AsText::text(self)
                }
            }
        }
    });
    let read = target.repr.as_ref().map(|numbers| emit_read(target, &model.variants, numbers));
    let words = match &read {
        // `1 as i64` is the word, and the code of a failure.
        Some(_) => emit_number_words(&model.variants),
        None => quote!(#(#words),*),
    };
    let codes = emit_codes(target, model);
    quote! {
        #read
        impl __bulk::AsText for #ident {
            const CODES: __bulk::Codes = #codes;
            fn text(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
                match self { #words }
            }
        }
        #present
        #status
    }
}

/// The codes of the enum: its words or numbers, and those of a type that it holds for others.
fn emit_codes(target: &ImplTarget, model: &StatusModel) -> TokenStream {
    if target.repr.is_some() {
        // A number without a variant has no text.
        let known = model.variants.iter().filter(|variant| !variant.is_other).map(|variant| &variant.ident);
        return quote!(__bulk::Codes::of(__bulk::CodeSet::Numbers(&[#(Self::#known as ::core::primitive::i128),*])));
    }
    let fixed = model.variants.iter().filter_map(|variant| match &variant.word {
        StatusWord::Fixed(word) => Some(name_literal(word)),
        StatusWord::Held(_) => None,
    });
    let held = model.variants.iter().filter_map(|variant| match &variant.word {
        StatusWord::Held(ty) => Some(quote!(.or(<#ty as __bulk::AsText>::CODES))),
        StatusWord::Fixed(_) => None,
    });
    quote!(__bulk::Codes::of(__bulk::CodeSet::Words(&[#(#fixed),*])) #(#held)*)
}

/// `Deserialize` from a number, or from a string with one. At the integer type, so that rustc reports a second `Deserialize` there.
fn emit_read(target: &ImplTarget, variants: &[StatusVariant], numbers: &Ident) -> TokenStream {
    let ident = &target.ident;
    let known = variants.iter().filter(|variant| !variant.is_other);
    let arms = known.map(|StatusVariant { ident, .. }| {
        quote!(number if number == Self::#ident as ::core::primitive::i128 => __bulk::Ok(Self::#ident),)
    });
    let other = variants.iter().find(|variant| variant.is_other).map(|other| {
        let other = &other.ident;
        quote!(_ => __bulk::Ok(Self::#other),)
    });
    let other = other.unwrap_or_else(|| quote!(number => __bulk::Err(__bulk::unknown_status(number)),));
    let implementation = spans::place(quote!(impl<'de> __bulk::serde::Deserialize<'de> for #ident), numbers.span());
    quote! {
        #implementation {
            fn deserialize<D: __bulk::serde::Deserializer<'de>>(from: D) -> __bulk::Result<Self, D::Error> {
                match __bulk::status_number(from)? {
                    #(#arms)*
                    #other
                }
            }
        }
    }
}

fn emit_number_words(variants: &[StatusVariant]) -> TokenStream {
    let arms = variants.iter().map(|StatusVariant { ident, is_other, .. }| {
        if *is_other {
            return quote!(Self::#ident => __bulk::None);
        }
        let number = quote!(Self::#ident as ::core::primitive::i128);
        quote!(Self::#ident => __bulk::Some(__bulk::status_word(#number)))
    });
    quote!(#(#arms),*)
}

fn emit_word(variant: &StatusVariant) -> TokenStream {
    let name = &variant.ident;
    match &variant.word {
        StatusWord::Held(ty) => {
            let text = emit_text(ty, &quote!(word));
            quote!(Self::#name(word) => #text)
        }
        StatusWord::Fixed(word) => {
            let word = name_literal(word);
            quote!(Self::#name { .. } => __bulk::Some(__bulk::Cow::Borrowed(#word)))
        }
    }
}

fn emit_item_status(variant: &StatusVariant) -> TokenStream {
    let name = &variant.ident;
    match variant.mark.map(variant_ident) {
        Some(mark) => {
            quote!(Self::#name { .. } => __bulk::Some(__bulk::Verdict::#mark))
        }
        None => quote!(Self::#name { .. } => __bulk::None),
    }
}

/// The fallback for an invalid status. It reports nothing.
pub(in crate::derive) fn emit_fallback(target: &ImplTarget) -> TokenStream {
    let present = emit_present(target);
    let ident = &target.ident;
    // Without variants, so no number is a status.
    let read = target.repr.as_ref().map(|numbers| emit_read(target, &[], numbers));
    quote! {
        #read
        impl __bulk::AsText for #ident {
            fn text(&self) -> __bulk::Option<__bulk::Cow<'_, str>> {
                __bulk::None
            }
        }
        #present
        impl __bulk::Status for #ident {
            fn verdict(&self) -> __bulk::Option<__bulk::Verdict> {
                __bulk::None
            }
        }
    }
}
