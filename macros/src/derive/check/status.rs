//! The rules of `#[derive(Status)]`.

use syn::{Data, Fields, Variant};

use super::verdict::check_mark;
use crate::derive::input::TypeInput;
use crate::derive::model::{StatusModel, StatusVariant, StatusWord};
use crate::derive::serde_names::{ContainerNames, FieldNames};
use crate::diagnostics::Diagnostics;
use crate::rules::Rule;

pub(in crate::derive) fn check_status_enum(input: &TypeInput, diagnostics: &Diagnostics) -> Option<StatusModel> {
    let Data::Enum(data) = &input.data else {
        let kind = if matches!(input.data, Data::Struct(_)) { "a struct" } else { "a union" };
        diagnostics.error(
            Rule::DeriveKind,
            &input.ident,
            format_args!("expected an enum for a status, found {kind}: write one variant per status of the vendor"),
        );
        return None;
    };
    let container = ContainerNames::read(&input.attributes);
    let variants = data.variants.iter().map(|variant| StatusVariant {
        ident: variant.ident.clone(),
        // A variant without a mark reports nothing about the item, like an unknown word.
        mark: check_mark(&variant.attrs, diagnostics),
        word: status_word(variant, &container),
    });
    Some(StatusModel { variants: variants.collect() })
}

fn status_word(variant: &Variant, container: &ContainerNames) -> StatusWord {
    let names = FieldNames::of_variant(variant, container);
    match &variant.fields {
        // `#[serde(untagged)] Other(String)` holds any word that no other variant is.
        Fields::Unnamed(fields) if names.untagged && fields.unnamed.len() == 1 => {
            StatusWord::Held(Box::new(fields.unnamed[0].ty.clone()))
        }
        _ => StatusWord::Fixed(names.name),
    }
}
