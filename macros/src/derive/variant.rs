//! One variant of an error enum: the statuses whose body it is, how it is read, and what it tells.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Fields, Path, Token};

use super::error::{TELLS, emit_told};
use super::fields::Field;
use crate::args::{self, Word};
use crate::symbol::NESTED;

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
        let told = TELLS.iter().chain(&[NESTED]).any(|role| field.words.get(role).is_some());
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
pub(super) fn emit_tell(variant: &Variant<'_>, role: &'static str, krate: &Path) -> TokenStream {
    let ident = &variant.source.ident;
    if let Some(inner) = variant.inner() {
        let (value, ty) = (Ident::new("value", Span::mixed_site()), inner.ty());
        let role = Ident::new(role, Span::call_site());
        return quote! {
            Self::#ident(#value) => <#ty as #krate::ApiError>::#role(#value),
        };
    }
    let binding = |field: &Field<'_>| format_ident!("told_{}", field.member, span = Span::mixed_site());
    let told = emit_told(&variant.fields, role, &|field| binding(field).to_token_stream(), krate);
    let told = told.unwrap_or_else(|| quote!(::core::option::Option::None));
    let used = variant.fields.iter().filter(|field| [role, NESTED].iter().any(|role| field.words.get(role).is_some()));
    let bindings = used.map(|field| {
        let (member, binding) = (&field.member, binding(field));
        quote!(#member: #binding,)
    });
    quote!(#[allow(unused_variables)] Self::#ident { #(#bindings)* .. } => #told,)
}

/// The variant has something to tell under this role.
pub(super) fn tells(variant: &Variant<'_>, role: &str) -> bool {
    let by_field = |field: &Field<'_>| [role, NESTED].iter().any(|role| field.words.get(role).is_some());
    variant.inner().is_some() || variant.fields.iter().any(by_field)
}
