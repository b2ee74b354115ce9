//! One variant of an error enum: the statuses whose body it is, how it is read, and what it tells.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Fields, Path, Token};

use super::fields::{Field, emit_text};
use crate::args::{self, Word};

pub(super) struct Variant<'a> {
    pub(super) source: &'a syn::Variant,
    pub(super) statuses: Vec<u16>,
    pub(super) fields: Vec<Field<'a>>,
}

impl Variant<'_> {
    /// The one field of a newtype variant that is an error body of its own.
    fn inner(&self) -> Option<&Field<'_>> {
        let [field] = self.fields.as_slice() else {
            return None;
        };
        let told = super::error::TELLS.iter().any(|role| field.words.get(role).is_some());
        (matches!(self.source.fields, Fields::Unnamed(_)) && !told).then_some(field)
    }
}

/// The arm that reads the variant.
pub(super) fn emit_read(variant: &Variant<'_>, krate: &Path) -> TokenStream {
    let ident = &variant.source.ident;
    let statuses = variant.statuses.iter().copied().map(Literal::u16_unsuffixed);
    let option = quote!(::core::option::Option);
    let read = match (&variant.source.fields, variant.inner()) {
        (Fields::Unit, _) => quote!(#option::Some(Self::#ident)),
        (Fields::Named(_), _) => emit_shadow(variant, krate),
        (Fields::Unnamed(_), Some(inner)) => {
            let ty = inner.ty();
            quote!(#option::map(<#ty as #krate::ApiError>::read(answer), Self::#ident))
        }
        (Fields::Unnamed(_), None) => {
            quote!(#option::map(#krate::__private::error_body(answer), Self::#ident))
        }
    };
    quote!(#(#statuses)|* => { #read })
}

/// Named fields are read through a struct of their own, which keeps their serde attributes.
fn emit_shadow(variant: &Variant<'_>, krate: &Path) -> TokenStream {
    let ident = &variant.source.ident;
    let serde = quote!(#krate::__private::serde);
    let place = serde.to_string().replace(' ', "");
    let container = container_attributes(&variant.source.attrs);
    let fields = variant.fields.iter().map(|field| {
        let (member, ty) = (&field.member, field.ty());
        let attributes = field.source.attrs.iter();
        let attributes = attributes.filter(|attribute| attribute.path().is_ident("serde"));
        quote!(#(#attributes)* #member: #ty)
    });
    let members = variant.fields.iter().map(|field| {
        let member = &field.member;
        quote!(#member: body.#member)
    });
    quote! {
        #[::core::prelude::v1::derive(#serde::Deserialize)]
        #[serde(crate = #place)]
        #(#container)*
        struct __Body { #(#fields),* }
        ::core::option::Option::map(
            #krate::__private::error_body(answer),
            |body: __Body| Self::#ident { #(#members),* },
        )
    }
}

/// What serde takes on a struct as it does on a variant.
fn container_attributes(attributes: &[Attribute]) -> Vec<TokenStream> {
    let ours = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    let words = ours.filter_map(|attribute| {
        let words = Punctuated::<Word, Token![,]>::parse_terminated;
        words.parse2(args::inside(attribute).ok()?).ok()
    });
    let fits = |word: &Word| word.is("rename_all") || word.is("deny_unknown_fields");
    words.flatten().filter(fits).map(|word| word.to_token_stream()).map(|word| quote!(#[serde(#word)])).collect()
}

/// The arm that tells the variant's code, message or request id.
pub(super) fn emit_tell(variant: &Variant<'_>, role: &str, krate: &Path) -> TokenStream {
    let ident = &variant.source.ident;
    let value = Ident::new("value", Span::mixed_site());
    if let Some(inner) = variant.inner() {
        let ty = inner.ty();
        let role = Ident::new(role, Span::call_site());
        return quote! {
            Self::#ident(#value) => <#ty as #krate::ApiError>::#role(#value),
        };
    }
    let told = variant.fields.iter().find(|field| field.words.get(role).is_some());
    match told {
        Some(field) => {
            let member = &field.member;
            let text = emit_text(field.ty(), &quote!(#value), krate);
            quote!(Self::#ident { #member: #value, .. } => #text,)
        }
        None => quote!(Self::#ident { .. } => ::core::option::Option::None,),
    }
}

/// The variant has something to tell under this role.
pub(super) fn tells(variant: &Variant<'_>, role: &str) -> bool {
    let by_field = |field: &Field<'_>| field.words.get(role).is_some();
    variant.inner().is_some() || variant.fields.iter().any(by_field)
}
