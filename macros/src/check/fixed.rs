//! The fixed headers and body fields of a method, and the key of its batches.

use quote::ToTokens;
use syn::LitStr;

use super::header::{check_header_name, check_header_value};
use crate::ast::{FixedHeaderValue, MethodInput};
use crate::diagnostics::Diagnostics;
use crate::json;
use crate::rules::Rule;
use crate::symbol::BATCH_KEY;

/// The parts that every request of a method has.
pub(crate) struct FixedParts {
    pub(crate) headers: Vec<(String, String)>,
    /// The header or the field with a unique key per batch.
    pub(crate) batch_key: Option<String>,
    /// JSON pointers and JSON texts.
    pub(crate) fields: Vec<(String, String)>,
}

/// The fixed headers, and the fixed fields as JSON text.
pub(crate) fn check_fixed(method: &MethodInput, diagnostics: &Diagnostics) -> Option<FixedParts> {
    let (mut headers, mut batch_keys) = (Vec::new(), Vec::new());
    for (name, value) in &method.headers {
        let named = check_header_name(&name.value()).map_err(|mistake| diagnostics.mistake(name, mistake)).ok();
        let valued = match value {
            FixedHeaderValue::BatchKey => None,
            FixedHeaderValue::Fixed(value) => Some(
                check_header_value(&value.value())
                    .map_err(|mistake| diagnostics.mistake(value, mistake))
                    .map(|()| value),
            ),
        };
        match valued {
            None => batch_keys.push(named.map(|()| name)),
            Some(value) => headers.push(named.and(value.ok()).map(|value| (name.value(), value.value()))),
        }
    }
    let mut fields = Vec::new();
    for (pointer, value) in &method.fields {
        let checked = json::check_pointer(&pointer.value());
        let checked = checked.map_err(|mistake| diagnostics.mistake(pointer, mistake)).ok();
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
                "expected a literal: write `true`, `false`, a number or a string",
            );
        }
        // An invalid field is `None`, which makes the result below `None`.
        fields.push(checked.and(text).map(|text| (pointer.value(), text)));
    }
    if let [_, Some(second), ..] = batch_keys.as_slice() {
        diagnostics.error(Rule::BatchKeyTwice, second, "expected one `batch_key`, found a second: remove one of them");
        return None;
    }
    // `None` if one of them has an invalid name.
    let batch_keys: Option<Vec<&LitStr>> = batch_keys.into_iter().collect();
    Some(FixedParts {
        headers: headers.into_iter().collect::<Option<_>>()?,
        batch_key: batch_keys?.first().map(|name| name.value()),
        fields: fields.into_iter().collect::<Option<_>>()?,
    })
}
