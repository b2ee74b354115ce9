//! One response, and the parts of its body, borrowed.

use std::fmt;

use http::HeaderMap;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::decode_error::DecodeError;
use super::shape::{BodyShape, FieldKind, FieldShape, ReplyShape};

/// One whole response of a server.
#[derive(Debug, Clone, Copy)]
pub struct RawResponse<'a> {
    status: u16,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

impl<'a> RawResponse<'a> {
    /// A response from its parts.
    pub fn new(status: u16, headers: &'a HeaderMap, body: &'a [u8]) -> Self {
        RawResponse { status, headers, body }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// The body as it came.
    pub fn bytes(&self) -> &'a [u8] {
        self.body
    }

    /// The body as one JSON value, checked to be whole.
    pub fn body(&self) -> Result<&'a RawValue, DecodeError> {
        serde_json::from_slice(self.body).map_err(|error| self.misfit(&error))
    }

    /// Why a body did not decode.
    fn misfit(&self, error: &serde_json::Error) -> DecodeError {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return DecodeError::new("", "it is empty");
        }
        match error.classify() {
            Category::Data => DecodeError::new("", error),
            Category::Syntax | Category::Eof | Category::Io => {
                DecodeError::new("", format_args!("it is not JSON: {error}"))
            }
        }
    }

    /// The JSON texts of a body that has one a line.
    pub fn lines(&self) -> Result<Vec<&'a RawValue>, DecodeError> {
        let lines = self.body.split(|byte| *byte == b'\n').enumerate();
        let lines = lines.filter(|(_, line)| !line.iter().all(u8::is_ascii_whitespace)).map(|(number, line)| {
            let misfit = |error| DecodeError::new("", format_args!("its line {} is not JSON: {error}", number + 1));
            serde_json::from_slice(line).map_err(misfit)
        });
        lines.collect()
    }

    /// The body as one list, which has no name.
    pub fn list(&self) -> Result<Field<'a>, DecodeError> {
        self.body().map(|raw| Field { name: "", raw })
    }

    /// The response as if `raw`, a part of its body, were all of it.
    pub(crate) fn part(&self, raw: &'a RawValue) -> RawResponse<'a> {
        RawResponse { body: raw.get().as_bytes(), ..*self }
    }

    /// The fields of a body that is an object.
    pub fn fields(&self, shape: &'static ReplyShape) -> Result<Fields<'a>, DecodeError> {
        let BodyShape::Object(shapes) = shape.body else {
            return Err(DecodeError::new("", "its shape has no fields"));
        };
        let mut fields = Fields { shape, shapes, found: vec![None; shapes.len()] };
        // What is not declared is not looked into, and must be text all the same.
        let text = str::from_utf8(self.body)
            .map_err(|error| DecodeError::new("", format_args!("it is not JSON, but other bytes: {error}")))?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        deserializer
            .deserialize_map(FieldsVisitor(&mut fields))
            .and_then(|()| deserializer.end())
            .map_err(|error| self.misfit(&error))?;
        Ok(fields)
    }
}

/// The fields of an object, in the order of its shape.
#[derive(Debug)]
pub struct Fields<'a> {
    pub(crate) shape: &'static ReplyShape,
    shapes: &'static [FieldShape],
    found: Vec<Option<&'a RawValue>>,
}

/// One field of a response, not yet read.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// Its name in the body.
    pub name: &'static str,
    /// Its JSON.
    pub raw: &'a RawValue,
}

impl<'a> Fields<'a> {
    /// The field at `index` of the shape; `None` where the body has none, or `null`.
    pub fn at(&self, index: usize) -> Option<Field<'a>> {
        let raw = self.found.get(index).copied().flatten().filter(|raw| raw.get() != "null")?;
        Some(Field { name: self.shapes[index].name, raw })
    }

    /// A required field that is missing: the response is not of the declared shape, though its lines may be. `null` shows nothing
    /// of the shape: a field that may be null is not required.
    pub fn missing(&self) -> Option<&'static str> {
        let missing = |index: &usize| self.shapes[*index].required && self.at(*index).is_none();
        (0..self.shapes.len()).find(missing).map(|index| self.shapes[index].name)
    }
}

struct FieldsVisitor<'f, 'a>(&'f mut Fields<'a>);

impl<'a> Visitor<'a> for FieldsVisitor<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let Fields { shapes, found, .. } = self.0;
        while let Some(key) = map.next_key::<std::borrow::Cow<'a, str>>()? {
            let is = |field: &FieldShape| field.name == key || field.aliases.contains(&key.as_ref());
            let Some(index) = shapes.iter().position(is) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            // A field of which nothing is read may stand there as often as it likes.
            if found[index].replace(map.next_value()?).is_some() && shapes[index].kind != FieldKind::Plain {
                let name = shapes[index].name;
                return Err(serde::de::Error::custom(format_args!("the field `{name}` stands there twice")));
            }
        }
        Ok(())
    }
}
