//! One response, and the borrowed parts of its body.

use std::borrow::Cow;
use std::fmt;

use http::HeaderMap;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::decode_error::DecodeError;
use super::json;
use super::shape::{BodyShape, FieldKind, FieldShape, ReplyShape, Unlisted};
use crate::text::excerpt;

/// The UTF-8 byte order mark. JSON allows a reader to ignore it (RFC 8259, section 8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One response of a server: status, headers and the complete body.
#[derive(Debug, Clone, Copy)]
pub struct RawResponse<'a> {
    status: u16,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

impl<'a> RawResponse<'a> {
    /// Creates a response from its parts. A UTF-8 byte order mark at the start of the body is skipped.
    pub fn new(status: u16, headers: &'a HeaderMap, body: &'a [u8]) -> Self {
        RawResponse { status, headers, body: body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body) }
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the headers.
    pub fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// Returns the text of a header; `None` if it is missing, empty, or has other characters than ASCII.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
    }

    /// Reads a header into a field of a reply or error that is read from its body. The field keeps its value if there is no such header, or
    /// if it cannot be read as `T`.
    pub fn fill_header<T: DeserializeOwned>(&self, name: &str, field: &mut T) {
        if let Some(value) = self.header(name).and_then(json::of_text) {
            *field = value;
        }
    }

    /// Returns a header as the JSON of a field of type `T`; `None` if it cannot be read as one.
    pub fn header_json<T: DeserializeOwned>(&self, name: &str) -> Option<Box<RawValue>> {
        let text = self.header(name)?;
        let quoted = RawValue::from_string(serde_json::Value::from(text).to_string()).ok()?;
        if serde_json::from_str::<T>(quoted.get()).is_ok() {
            return Some(quoted);
        }
        RawValue::from_string(text.to_owned()).ok().filter(|raw| serde_json::from_str::<T>(raw.get()).is_ok())
    }

    /// Returns whether the body is empty, apart from whitespace.
    pub(crate) fn is_blank(&self) -> bool {
        self.body.iter().all(u8::is_ascii_whitespace)
    }

    /// Returns the body as received, without a byte order mark.
    pub fn bytes(&self) -> &'a [u8] {
        self.body
    }

    /// Returns the body as one JSON value.
    ///
    /// # Errors
    ///
    /// An error if the body is empty, is not valid JSON, or has more after the value.
    pub fn body(&self) -> Result<&'a RawValue, DecodeError> {
        serde_json::from_slice(self.body).map_err(|error| self.json_error(&error))
    }

    /// Converts an error of `serde_json`.
    pub(crate) fn json_error(&self, error: &serde_json::Error) -> DecodeError {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return DecodeError::new("", "expected JSON, found an empty body");
        }
        match error.classify() {
            Category::Data => DecodeError::new("", error),
            Category::Syntax | Category::Eof | Category::Io => {
                DecodeError::new("", format_args!("not valid JSON: {error}"))
            }
        }
    }

    /// Returns the JSON texts of an NDJSON body, one for each line that is not empty.
    ///
    /// # Errors
    ///
    /// An error if a line is not valid JSON.
    pub fn lines(&self) -> Result<Vec<&'a RawValue>, DecodeError> {
        let lines = self.body.split(|byte| *byte == b'\n').enumerate();
        let lines = lines.filter(|(_, line)| !line.iter().all(u8::is_ascii_whitespace)).map(|(number, line)| {
            let invalid = |error| DecodeError::new("", format_args!("line {} is not valid JSON: {error}", number + 1));
            serde_json::from_slice(line).map_err(invalid)
        });
        lines.collect()
    }

    /// Checks that the body has no content, as the reply with this name has it.
    ///
    /// `{"error": "busy"}` or an HTML login page under 200 proves nothing.
    pub(crate) fn expect_nothing(&self, reply: &str) -> Result<(), DecodeError> {
        match self.body.trim_ascii() {
            b"" | b"{}" | b"[]" | b"null" | b"true" => Ok(()),
            _ => {
                let reason = format_args!(
                    "expected an empty body for the reply `{reply}`, found content: declare a reply type for it"
                );
                Err(DecodeError::new("", reason))
            }
        }
    }

    /// Returns the whole body as one list, for a `*_list` method of the [`Collector`](super::Collector).
    ///
    /// # Errors
    ///
    /// Those of [`body`](Self::body).
    pub fn list(&self) -> Result<Field<'a>, DecodeError> {
        self.body().map(|raw| Field { name: "", raw })
    }

    /// Returns this response with `raw`, a part of its body, as the body.
    pub(crate) fn part(&self, raw: &'a RawValue) -> RawResponse<'a> {
        self.with_body(raw.get().as_bytes())
    }

    /// Returns this response with another body.
    pub(crate) fn with_body<'b>(&self, body: &'b [u8]) -> RawResponse<'b>
    where
        'a: 'b,
    {
        RawResponse { body, ..*self }
    }

    /// Returns the fields of a body that is an object. `shape` must be [`BodyShape::Object`].
    ///
    /// # Errors
    ///
    /// An error if the body is not a JSON object, or has a field with a role twice.
    pub fn fields(&self, shape: &'static ReplyShape) -> Result<Fields<'a>, DecodeError> {
        let BodyShape::Object(shapes) = shape.body else {
            return Err(DecodeError::new("", "expected the shape of an object"));
        };
        let mut fields = Fields { shape, shapes, response: *self, found: vec![None; shapes.len()], unknown: None };
        // `202 Accepted` with nothing but `Operation-Location: /jobs/7`.
        if self.is_blank() && shape.reads_headers() {
            return Ok(fields);
        }
        // serde_json skips undeclared fields without checking their bytes, and a body with other bytes than UTF-8 is not JSON.
        let text =
            str::from_utf8(self.body).map_err(|error| DecodeError::new("", format_args!("not valid JSON: {error}")))?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        deserializer
            .deserialize_map(FieldsVisitor(&mut fields))
            .and_then(|()| deserializer.end())
            .map_err(|error| self.json_error(&error))?;
        Ok(fields)
    }
}

/// The declared fields of an object, in the order of its shape.
#[derive(Debug)]
pub struct Fields<'a> {
    pub(crate) shape: &'static ReplyShape,
    shapes: &'static [FieldShape],
    response: RawResponse<'a>,
    found: Vec<Option<&'a RawValue>>,
    /// The first undeclared name, if the shape denies unknown fields.
    unknown: Option<String>,
}

/// One field of a response, not yet read.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// The JSON name; empty for the body as a whole.
    pub name: &'static str,
    /// The JSON value.
    pub raw: &'a RawValue,
}

impl<'a> Field<'a> {
    /// A field whose value is that of a header, as [`RawResponse::header_json`] returns it.
    pub fn of_header(name: &'static str, value: &'a Option<Box<RawValue>>) -> Option<Self> {
        value.as_deref().map(|raw| Field { name, raw })
    }
}

impl<'a> Fields<'a> {
    /// Returns the field at `index` of the shape; `None` if it is missing or `null`.
    pub fn at(&self, index: usize) -> Option<Field<'a>> {
        let raw = self.found.get(index).copied().flatten().filter(|raw| raw.get() != "null")?;
        Some(Field { name: self.shapes[index].name, raw })
    }

    /// Returns the name of the first required field that is missing. The response then does not have the declared shape, although its
    /// entries may be good. A `null` counts as missing: it proves nothing about the shape.
    pub fn missing(&self) -> Option<&'static str> {
        (0..self.shapes.len()).find(|index| self.lacks(*index)).map(|index| self.shapes[index].name)
    }

    /// Returns whether a required field is missing.
    fn lacks(&self, index: usize) -> bool {
        let field = &self.shapes[index];
        let is_there = || match field.is_header {
            true => self.response.header(field.name).is_some(),
            false => self.at(index).is_some(),
        };
        field.required && !is_there()
    }

    /// Returns in what the object differs from its declared shape: the required fields that are missing, and an unknown field where those
    /// are denied.
    pub(crate) fn differences(&self) -> Vec<DecodeError> {
        let missing = (0..self.shapes.len()).filter(|index| self.lacks(*index));
        let missing =
            missing.map(|index| DecodeError::new(format!("/{}", self.shapes[index].name), "the field is missing"));
        let unknown = self.unknown.as_ref();
        let unknown = unknown.map(|name| DecodeError::new("", format_args!("unknown field `{}`", excerpt(name))));
        missing.chain(unknown).collect()
    }

    /// Returns why the object, which is at `path`, does not show its declared shape.
    pub(crate) fn fault(&self, path: &str, unlisted: Unlisted) -> Option<DecodeError> {
        // `{"error": "maintenance"}` instead of `{"failed": []}`: without this check an empty list of failures would follow from it.
        if let Some(name) = self.missing() {
            return Some(DecodeError::new(format!("{path}/{name}"), "the field is missing"));
        }
        if let Some(name) = &self.unknown {
            return Some(DecodeError::new(path, format_args!("unknown field `{}`", excerpt(name))));
        }
        // A `null` is present: `{"failed": null}` shows the shape.
        let in_body = || self.shapes.iter().zip(&self.found).filter(|(field, _)| !field.is_header);
        // `{}` is all of a type that denies unknown fields.
        let can_be_empty = self.shape.denies_unknown || in_body().next().is_none();
        let shows_nothing = !can_be_empty && in_body().all(|(_, found)| found.is_none());
        let matters = unlisted != Unlisted::Unknown && shows_nothing;
        matters.then(|| DecodeError::new(path, "none of its fields is present"))
    }
}

/// The name of a field. `"id\ud83d"`: a name with a lone surrogate is no text, and equals no declared name.
fn name(key: &RawValue) -> Option<Cow<'_, str>> {
    let key = key.get();
    let text = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).filter(|text| !text.contains('\\'));
    text.map_or_else(|| serde_json::from_str(key).ok().map(Cow::Owned), |text| Some(Cow::Borrowed(text)))
}

struct FieldsVisitor<'f, 'a>(&'f mut Fields<'a>);

impl<'a> Visitor<'a> for FieldsVisitor<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let Fields { shape, shapes, found, unknown, .. } = self.0;
        while let Some(key) = map.next_key::<&RawValue>()? {
            let key = name(key);
            let is = |key: &str| shapes.iter().position(|field| field.is_read_from(key));
            let Some(index) = key.as_deref().and_then(is) else {
                map.next_value::<IgnoredAny>()?;
                if shape.denies_unknown && unknown.is_none() {
                    *unknown = Some(key.unwrap_or_default().into_owned());
                }
                continue;
            };
            // `{"failed": [], "failed": ["a"]}`: taking either list would lose the other. A field that is not read does no harm.
            if found[index].replace(map.next_value()?).is_some() && shapes[index].kind != FieldKind::Plain {
                let name = shapes[index].name;
                return Err(serde::de::Error::custom(format_args!("duplicate field `{name}`")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_before_a_body_is_skipped() {
        let headers = HeaderMap::new();
        for (body, want) in [
            ("\u{feff}[1]", "[1]"),
            ("\u{feff}", ""),
            ("[1]", "[1]"),
            // Only the first is a mark. The second is a character of the body, and no JSON.
            ("\u{feff}\u{feff}[1]", "\u{feff}[1]"),
            ("[\"\u{feff}\"]", "[\"\u{feff}\"]"),
        ] {
            let response = RawResponse::new(200, &headers, body.as_bytes());
            assert_eq!(response.bytes(), want.as_bytes(), "{body:?}");
        }
        let lines = RawResponse::new(200, &headers, "\u{feff}{\"id\":1}\n{\"id\":2}\n".as_bytes()).lines().unwrap();
        assert_eq!(lines.iter().map(|line| line.get()).collect::<Vec<_>>(), ["{\"id\":1}", "{\"id\":2}"]);
    }
}
