//! What every request of a method carries: fixed headers and body fields, and the key of its batch.

use quote::ToTokens;
use syn::LitStr;

use super::header::{check_header_name, check_header_value};
use crate::ast::{FixedHeaderValue, MethodInput};
use crate::diagnostics::Diagnostics;
use crate::json;
use crate::rules::Rule;
use crate::symbol::BATCH_KEY;

/// What every request of a method carries.
pub(crate) struct FixedParts {
    pub(crate) headers: Vec<(String, String)>,
    /// The header, or the field, with a key of its own for each batch.
    pub(crate) batch_key: Option<String>,
    /// JSON pointers and JSON texts.
    pub(crate) fields: Vec<(String, String)>,
}

/// The fixed headers, and the fixed fields as JSON text.
pub(crate) fn check_fixed(method: &MethodInput, diagnostics: &Diagnostics) -> Option<FixedParts> {
    let (mut headers, mut batch_keys) = (Vec::new(), Vec::new());
    for (name, value) in &method.headers {
        let named = check_header_name(&name.value()).map_err(|why| diagnostics.mistake(name, why)).ok();
        let valued = match value {
            FixedHeaderValue::BatchKey => None,
            FixedHeaderValue::Fixed(value) => {
                Some(check_header_value(&value.value()).map_err(|why| diagnostics.mistake(value, why)).map(|()| value))
            }
        };
        match valued {
            None => batch_keys.push(named.map(|()| name)),
            Some(value) => headers.push(named.and(value.ok()).map(|value| (name.value(), value.value()))),
        }
    }
    let mut fields = Vec::new();
    for (pointer, value) in &method.fields {
        let checked = json::check_pointer(&pointer.value());
        let checked = checked.map_err(|why| diagnostics.mistake(pointer, why)).ok();
        // `batch_key` without quotes is the word; with quotes it is a string.
        if value.to_token_stream().to_string() == BATCH_KEY {
            batch_keys.push(checked.map(|()| pointer));
            continue;
        }
        let text = json::text_of(value);
        if text.is_none() {
            diagnostics.error(
                Rule::FixedField,
                value,
                "a fixed body field is a literal: `true`, `false`, a number or a string",
            );
        }
        // A `None` marks a field that is at fault, and makes the whole `None` below.
        fields.push(checked.and(text).map(|text| (pointer.value(), text)));
    }
    if let [_, Some(second), ..] = batch_keys.as_slice() {
        diagnostics.error(Rule::BatchKeyTwice, second, "`batch_key` stands in one place: a batch has one key");
        return None;
    }
    // `None` as soon as one of them has a wrong name.
    let batch_keys: Option<Vec<&LitStr>> = batch_keys.into_iter().collect();
    Some(FixedParts {
        headers: headers.into_iter().collect::<Option<_>>()?,
        batch_key: batch_keys?.first().map(|name| name.value()),
        fields: fields.into_iter().collect::<Option<_>>()?,
    })
}
