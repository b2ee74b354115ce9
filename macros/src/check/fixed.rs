//! The fixed headers and body fields of a method, and the key of its batches.

use quote::ToTokens;
use syn::{Expr, LitStr};

use super::header::{check_header_name, check_header_value};
use super::names::plain;
use crate::ast::{FixedHeaderValue, MethodInput, name_of};
use crate::diagnostics::Diagnostics;
use crate::expression::string_of;
use crate::json;
use crate::model::ItemLocation;
use crate::rules::Rule;
use crate::symbol::BATCH_KEY;
use crate::template::same_name;

/// The parts that every request of a method has.
pub(crate) struct FixedParts {
    pub(crate) headers: Vec<(String, String)>,
    /// The headers and the fields with a unique key per batch.
    pub(crate) batch_keys: Vec<String>,
    /// JSON pointers and JSON texts.
    pub(crate) fields: Vec<(String, String)>,
}

/// The fixed headers, and the fixed fields as JSON text.
pub(crate) fn check_fixed(
    method: &MethodInput,
    items: Option<&ItemLocation>,
    diagnostics: &Diagnostics,
) -> Option<FixedParts> {
    let (mut headers, mut batch_keys) = (Vec::new(), Vec::new());
    for (name, value) in &method.headers {
        let named = check_header_name(&name.value()).map_err(|mistake| diagnostics.mistake(name, mistake)).ok();
        let valued = match value {
            FixedHeaderValue::BatchKey => None,
            FixedHeaderValue::Fixed(value) => {
                check_is_fixed(method, &format!("#[header({:?}", name.value()), value, diagnostics);
                check_content_type(items, name, value, diagnostics);
                let checked = check_header_value(&value.value());
                Some(checked.map_err(|mistake| diagnostics.mistake(value, mistake)).map(|()| value))
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
        let checked = checked.map_err(|mistake| diagnostics.mistake(pointer, mistake)).ok();
        // `batch_key` without quotes is the word; with quotes it is a string.
        if value.to_token_stream().to_string() == BATCH_KEY {
            check_batch_key_field(items, value, diagnostics);
            batch_keys.push(checked.map(|()| pointer));
            continue;
        }
        if let Some(text) = string_of(value) {
            check_is_fixed(method, &format!("#[field({:?}", pointer.value()), &text, diagnostics);
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
    // `None` if one of them has an invalid name.
    let batch_keys: Option<Vec<&LitStr>> = batch_keys.into_iter().collect();
    Some(FixedParts {
        headers: headers.into_iter().collect::<Option<_>>()?,
        batch_keys: batch_keys?.into_iter().map(LitStr::value).collect(),
        fields: fields.into_iter().collect::<Option<_>>()?,
    })
}

/// A fixed text is sent as it is written: it is not a word of the grammar, and has no placeholders. `part` is the attribute up to
/// its value.
fn check_is_fixed(method: &MethodInput, part: &str, value: &LitStr, diagnostics: &Diagnostics) {
    let text = value.value();
    let word = text.trim_matches(['{', '}', '<', '>', '$']);
    if same_name(word, BATCH_KEY) {
        diagnostics.error(
            Rule::FixedWord,
            value,
            format_args!("expected `batch_key` without quotes, found a text, which is the same in each request: write `{part}, {BATCH_KEY})]`"),
        );
        return;
    }
    let arguments: Vec<String> =
        method.arguments.iter().filter_map(|argument| name_of(&argument.typed)).map(plain).collect();
    // The whole text, or a name that an argument has.
    let placeholder = braced(&text)
        .find(|name| text.len() == name.len() + 2 || arguments.iter().any(|argument| same_name(argument, name)));
    if let Some(name) = placeholder {
        diagnostics.error(
            Rule::FixedPlaceholder,
            value,
            format_args!(
                "a fixed value has no placeholders, so `{{{name}}}` is sent as it is written: remove this attribute, and write `{part})]` on an argument"
            ),
        );
    }
}

/// A media type changes the format of no body.
fn check_content_type(items: Option<&ItemLocation>, name: &LitStr, value: &LitStr, diagnostics: &Diagnostics) {
    let (is_format, word, others): (&str, &str, &[&str]) = match items {
        // The codec, or the line or text format of the vendor, names its own type.
        None | Some(ItemLocation::Codec(_) | ItemLocation::Ndjson | ItemLocation::Text(_)) => return,
        Some(ItemLocation::Form(..)) => ("a form", "urlencoded", &["json", "xml", "multipart"]),
        Some(_) => ("JSON", "json", &["urlencoded", "xml", "csv", "yaml", "protobuf", "multipart"]),
    };
    let text = value.value().to_lowercase();
    // `application/vnd.xml-tools+json` is JSON. An unknown type may be any format.
    let is_other = !text.contains(word) && others.iter().any(|other| text.contains(other));
    if name.value().eq_ignore_ascii_case("Content-Type") && is_other {
        diagnostics.error(
            Rule::BodyEncoding,
            value,
            format_args!(
                "the body is {is_format}, whatever `Content-Type` says: write `items = form(…)`, `items = ndjson` or `items = codec(Type)` for another format"
            ),
        );
    }
}

/// The names in braces: `org` in `"a {org}"`.
fn braced(text: &str) -> impl Iterator<Item = &str> {
    let names = text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    names.filter(move |name| !name.is_empty() && name.chars().all(fits))
}

/// A key in the body overwrites a text of the same length there. In the body of a codec, no place is known.
fn check_batch_key_field(items: Option<&ItemLocation>, at: &Expr, diagnostics: &Diagnostics) {
    if let Some(ItemLocation::Codec(_)) = items {
        diagnostics.error(
            Rule::BatchKeyCodec,
            at,
            "a codec writes the body, so `batch_key` has no place in a field: write it into a header, as `#[header(\"Idempotency-Key\", batch_key)]`",
        );
    }
}
