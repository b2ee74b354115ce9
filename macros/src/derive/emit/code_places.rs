//! The places of an error code in the JSON of a type, as data.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use super::values::name_literal;
use crate::derive::model::FieldModel;

/// The code is in this field.
pub(super) fn emit_code_at(field: &FieldModel) -> TokenStream {
    let (ty, names) = (&field.ty, emit_names(field));
    quote!(__bulk::CodeAt::Field { names: #names, read: __bulk::code_text::<#ty> })
}

/// The code is in this header.
pub(super) fn emit_code_in_header(name: &str, ty: &Type) -> TokenStream {
    let name = name_literal(name);
    quote!(__bulk::CodeAt::Header { name: #name, read: __bulk::header_code::<#ty> })
}

/// The code is inside this field.
pub(super) fn emit_code_inside(field: &FieldModel) -> TokenStream {
    let ty = &field.ty;
    let names = if field.is_flattened { quote!(&[]) } else { emit_names(field) };
    quote!(__bulk::CodeAt::Nested { names: #names, codes: <#ty as __bulk::Detail>::codes })
}

/// `fn codes`, if there is any place.
pub(super) fn emit_codes(places: &[TokenStream], argument: Option<&TokenStream>) -> Option<TokenStream> {
    let codes = quote!(&'static [__bulk::CodeAt]);
    (!places.is_empty()).then(|| quote!(fn codes(#argument) -> #codes { const { &[#(#places),*] } }))
}

fn emit_names(field: &FieldModel) -> TokenStream {
    let names = std::iter::once(&field.json_name).chain(&field.aliases).map(|name| name_literal(name));
    quote!(&[#(#names),*])
}
