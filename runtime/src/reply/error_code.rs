//! The error code of a body that does not decode as a whole.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::field_types::{AsText, IsPresent};
use super::json;
use super::response::RawResponse;

/// The place of an error code in a JSON object. The derives write it.
#[derive(Debug, Clone, Copy)]
pub enum CodeAt {
    /// In the field with one of these names.
    Field {
        /// The JSON names.
        names: &'static [&'static str],
        /// Reads the code from the JSON of the field.
        read: fn(&RawValue) -> Option<String>,
    },
    /// In a header.
    Header {
        /// The name of the header.
        name: &'static str,
        /// Reads the code from the text of the header.
        read: fn(&str) -> Option<String>,
    },
    /// In an object, or in an array of them, under one of these names. Without names: in the same object (`#[serde(flatten)]`).
    Nested {
        /// The JSON names.
        names: &'static [&'static str],
        /// The places of the code in it.
        codes: fn() -> &'static [CodeAt],
    },
}

/// Reads an error code from the JSON of its field.
pub(crate) fn code_text<T: AsText + DeserializeOwned>(raw: &RawValue) -> Option<String> {
    json::read::<T>(raw.get()).ok()?.text().map(Cow::into_owned)
}

/// Reads an error code from the text of its header.
pub(crate) fn header_code<T: AsText + DeserializeOwned>(text: &str) -> Option<String> {
    json::of_text::<T>(text)?.text().map(Cow::into_owned)
}

/// The maximum number of objects around a code: the type of a nested error can contain itself.
const MAX_DEPTH: usize = 16;

/// Finds the code in a body that does not decode, or that was cut off behind it.
pub(crate) fn find_code(response: &RawResponse<'_>, codes: &[CodeAt]) -> Option<String> {
    let in_header = codes.iter().find_map(|at| match at {
        CodeAt::Header { name, read } => read(response.header(name)?),
        _ => None,
    });
    let in_body = || find(&String::from_utf8_lossy(response.bytes()), codes, MAX_DEPTH);
    in_header.or_else(|| if codes.is_empty() { None } else { in_body() })
}

/// Returns the JSON of the field with one of these names, also if the body ends behind it.
pub(crate) fn find_field<'r>(response: &RawResponse<'r>, names: &[&str]) -> Option<&'r RawValue> {
    field(str::from_utf8(response.bytes()).ok()?, names)
}

fn find(json: &str, codes: &[CodeAt], depth: usize) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    if !json.trim_start().starts_with('[') {
        return find_in_object(json, codes, depth);
    }
    let elements: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    elements.iter().find_map(|element| find_in_object(element.get(), codes, depth))
}

fn find_in_object(json: &str, codes: &[CodeAt], depth: usize) -> Option<String> {
    codes.iter().find_map(|at| match at {
        CodeAt::Field { names, read } => field(json, names).and_then(read),
        CodeAt::Header { .. } => None,
        CodeAt::Nested { names: [], codes } => find(json, codes(), depth),
        CodeAt::Nested { names, codes } => find(field(json, names)?.get(), codes(), depth),
    })
}

/// Returns the field with one of these names, also if the text ends behind it.
fn field<'j>(json: &'j str, names: &[&str]) -> Option<&'j RawValue> {
    struct Found<'f, 'j>(&'f [&'f str], &'f mut Option<&'j RawValue>);

    impl<'j> Visitor<'j> for Found<'_, 'j> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some((name, value)) = map.next_entry::<&RawValue, &'j RawValue>()? {
                if serde_json::from_str::<String>(name.get()).is_ok_and(|name| self.0.contains(&name.as_str())) {
                    *self.1 = Some(value);
                }
            }
            Ok(())
        }
    }

    let mut found = None;
    // `{"code": "Busy", "mess`: what was read before the error counts.
    let _ = serde_json::Deserializer::from_str(json).deserialize_map(Found(names, &mut found));
    found
}

/// An error code of AWS, without its namespace: `Busy` for `"com.amazonaws.sqs#Busy"`, `"Busy:http://…"` and `"Busy"`.
///
/// Give it to the field with `#[bulk(code)]`, so that `retry("Busy")` finds the code in all three.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AwsErrorType(pub String);

impl AwsErrorType {
    /// Returns the code: the part after `#` and before `:`.
    pub fn code(&self) -> &str {
        let code = self.0.split_once(':').map_or(self.0.as_str(), |(code, _)| code);
        code.rsplit_once('#').map_or(code, |(_, code)| code)
    }
}

#[diagnostic::do_not_recommend]
impl AsText for AwsErrorType {
    fn text(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.code()))
    }
}

#[diagnostic::do_not_recommend]
impl IsPresent for AwsErrorType {
    fn is_present(&self) -> bool {
        !self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    #[test]
    fn the_code_of_aws_has_no_namespace() {
        for (text, want) in [
            ("Busy", "Busy"),
            ("com.amazonaws.sqs#Busy", "Busy"),
            ("Busy:http://internal.amazon.com/coral/", "Busy"),
            ("aws.protocoltests#Busy:http://internal/#fragment", "Busy"),
            ("", ""),
            ("X#", ""),
        ] {
            let code = AwsErrorType(text.to_owned());
            assert_eq!(code.code(), want, "{text}");
            assert_eq!(code.is_present(), !text.is_empty(), "{text}");
        }
    }

    #[test]
    fn an_error_inside_itself_is_searched_to_a_limit() {
        fn codes() -> &'static [CodeAt] {
            &[
                CodeAt::Field { names: &["code"], read: code_text::<String> },
                CodeAt::Nested { names: &["inner"], codes },
                CodeAt::Nested { names: &[], codes: || &[] },
            ]
        }
        let headers = HeaderMap::new();
        for (depth, want) in [(0, Some("Deep")), (15, Some("Deep")), (16, None), (100_000, None)] {
            let body = r#"{"inner":"#.repeat(depth) + r#"{"code":"Deep"}"# + &"}".repeat(depth);
            let response = RawResponse::new(400, &headers, body.as_bytes());
            assert_eq!(find_code(&response, codes()).as_deref(), want, "{depth}");
        }
    }

    #[test]
    fn a_code_is_found_beside_what_does_not_fit() {
        const INNER: &[CodeAt] = &[CodeAt::Field { names: &["code", "Code"], read: code_text::<AwsErrorType> }];
        const CODES: &[CodeAt] = &[
            CodeAt::Field { names: &["number"], read: code_text::<u16> },
            CodeAt::Nested { names: &["error", "errors"], codes: || INNER },
            CodeAt::Nested { names: &[], codes: || INNER },
        ];
        let headers = HeaderMap::new();
        for (body, want) in [
            (r#"{"code":"X#Busy"}"#, Some("Busy")),
            (r#"{"Code":"Busy","message":"a","message":"b"}"#, Some("Busy")),
            (r#"{"error":{"code":"Inner"},"code":"Outer"}"#, Some("Inner")),
            (r#"{"errors":["odd",{"code":"Second"}]}"#, Some("Second")),
            (r#"{"number":17}"#, Some("17")),
            (r#"{"number":"17","code":"Busy"}"#, Some("Busy")),
            // A body that was cut off.
            (r#"{"code":"Busy","mess"#, Some("Busy")),
            (r#"{"code":"Bus"#, None),
            (r#"{"message":{"code":"Deep"}}"#, None),
            (r#"{"code":null}"#, None),
            ("<html>", None),
            ("", None),
            (&"[".repeat(100_000), None),
        ] {
            let response = RawResponse::new(400, &headers, body.as_bytes());
            assert_eq!(find_code(&response, CODES).as_deref(), want, "{body}");
            assert_eq!(find_code(&response, &[]), None, "{body}");
        }
    }
}
