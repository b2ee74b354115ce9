//! `#[derive(Status)]`: the vendor's words for what became of an item, or of a whole request.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Data, DataEnum, Fields};

use super::serde_names::{ContainerNames, FieldNames};
use super::{Derive, Input, read_words, text};
use crate::report::Report;
use crate::rules::Rule;
use crate::symbol::{STATUS_WORDS, VERDICTS};

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let derive = Derive { name: "Status", words: &STATUS_WORDS, build, fallback: emit_fallback, beside: None };
    derive.expand(input)
}

fn build(input: &Input, report: &Report) -> Option<TokenStream> {
    let Data::Enum(data) = &input.data else {
        let ident = &input.ident;
        report.error(
            Rule::DeriveKind,
            ident,
            format_args!("a derived status is an enum of the vendor's words: `{ident}` is none"),
        );
        return None;
    };
    Some(emit(input, data, report))
}

fn emit(input: &Input, data: &DataEnum, report: &Report) -> TokenStream {
    let present = emit_present(input);
    let (ident, krate) = (&input.ident, &input.krate);
    let container = ContainerNames::read(&input.attributes);
    let (mut statuses, mut words) = (Vec::new(), Vec::new());
    for variant in &data.variants {
        let name = &variant.ident;
        let status = match verdict(&variant.attrs, report) {
            Some(verdict) => {
                quote!(::core::option::Option::Some(#krate::__private::ItemStatus::#verdict))
            }
            None => quote!(::core::option::Option::None),
        };
        statuses.push(quote!(Self::#name { .. } => #status));
        let names = FieldNames::of_variant(variant, &container);
        words.push(match &variant.fields {
            // A word that the enum does not know, as it came.
            Fields::Unnamed(fields) if names.untagged && fields.unnamed.len() == 1 => {
                let ty = &fields.unnamed[0].ty;
                quote!(Self::#name(word) => <#ty as #krate::__private::Text>::text(word))
            }
            _ => {
                let word = text(&names.name);
                quote!(Self::#name { .. } => ::core::option::Option::Some(#krate::__private::Cow::Borrowed(#word)))
            }
        });
    }
    quote! {
        impl #krate::__private::Text for #ident {
            fn text(&self) -> ::core::option::Option<#krate::__private::Cow<'_, str>> {
                match self { #(#words),* }
            }
        }
        #present
        impl #krate::__private::Status for #ident {
            fn item_status(&self) -> ::core::option::Option<#krate::__private::ItemStatus> {
                match self { #(#statuses),* }
            }
            fn word(&self) -> ::core::option::Option<#krate::__private::Cow<'_, str>> {
                #krate::__private::Text::text(self)
            }
        }
    }
}

/// What a variant is marked as, as a variant of `Verdict`.
pub(super) fn verdict(attributes: &[syn::Attribute], report: &Report) -> Option<Ident> {
    let words = read_words(attributes, &VERDICTS, report);
    let mut marks = VERDICTS.allowed.iter().filter(|mark| words.flag(mark, report));
    let mark = marks.next()?;
    if let Some(second) = marks.next() {
        report.error(
            Rule::FieldRoles,
            words.get(second),
            format_args!("a variant has one verdict: this is `{mark}` already"),
        );
    }
    let variant = mark[..1].to_ascii_uppercase() + &mark[1..];
    Some(Ident::new(&variant, Span::call_site()))
}

/// Stands in for a status at fault: it says nothing.
fn emit_fallback(input: &Input) -> TokenStream {
    let present = emit_present(input);
    let (ident, krate) = (&input.ident, &input.krate);
    quote! {
        impl #krate::__private::Text for #ident {
            fn text(&self) -> ::core::option::Option<#krate::__private::Cow<'_, str>> {
                ::core::option::Option::None
            }
        }
        #present
        impl #krate::__private::Status for #ident {
            fn item_status(&self) -> ::core::option::Option<#krate::__private::ItemStatus> {
                ::core::option::Option::None
            }
        }
    }
}

/// A word is there.
pub(super) fn emit_present(input: &Input) -> TokenStream {
    let (ident, krate) = (&input.ident, &input.krate);
    quote! {
        impl #krate::__private::Present for #ident {
            fn is_present(&self) -> ::core::primitive::bool {
                true
            }
        }
    }
}
