//! The places of a delay in a response, as data.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::values::name_literal;
use crate::derive::model::{DelayUnit, FieldModel};

/// `&[DelayAt::Header { … }]`; `None` without any.
pub(super) fn emit_delays<'m>(
    fields: impl Iterator<Item = (&'m FieldModel, Option<&'m str>, DelayUnit)>,
) -> Option<TokenStream> {
    let places = fields.map(|(field, header, unit)| {
        let unit = format_ident!("{unit:?}");
        let unit = quote!(__bulk::DelayUnit::#unit);
        if let Some(name) = header {
            let name = name_literal(name);
            return quote!(__bulk::DelayAt::Header { name: #name, unit: #unit });
        }
        let names = std::iter::once(&field.json_name).chain(&field.aliases).map(|name| name_literal(name));
        quote!(__bulk::DelayAt::Field { names: &[#(#names),*], unit: #unit })
    });
    let places: Vec<TokenStream> = places.collect();
    (!places.is_empty()).then(|| quote!(&[#(#places),*]))
}
