//! The places of an error code in the JSON of a type, as data.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Path, Type};

use super::values::name_literal;
use crate::derive::model::FieldModel;

/// The code is in this field.
pub(super) fn emit_code_at(field: &FieldModel, krate: &Path) -> TokenStream {
    let (ty, names) = (&field.ty, emit_names(field));
    quote!(#krate::__private::CodeAt::Field { names: #names, read: #krate::__private::code_text::<#ty> })
}

/// The code is in this header.
pub(super) fn emit_code_in_header(name: &str, ty: &Type, krate: &Path) -> TokenStream {
    let name = name_literal(name);
    quote!(#krate::__private::CodeAt::Header { name: #name, read: #krate::__private::header_code::<#ty> })
}

/// The code is inside this field.
pub(super) fn emit_code_inside(field: &FieldModel, krate: &Path) -> TokenStream {
    let ty = &field.ty;
    let names = if field.is_flattened { quote!(&[]) } else { emit_names(field) };
    quote!(#krate::__private::CodeAt::Nested { names: #names, codes: <#ty as #krate::__private::Detail>::codes })
}

/// `fn codes`, if there is any place.
pub(super) fn emit_codes(places: &[TokenStream], argument: Option<&TokenStream>, krate: &Path) -> Option<TokenStream> {
    let codes = quote!(&'static [#krate::__private::CodeAt]);
    (!places.is_empty()).then(|| quote!(fn codes(#argument) -> #codes { const { &[#(#places),*] } }))
}

fn emit_names(field: &FieldModel) -> TokenStream {
    let names = std::iter::once(&field.json_name).chain(&field.aliases).map(|name| name_literal(name));
    quote!(&[#(#names),*])
}
