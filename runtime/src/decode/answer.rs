//! One answer, and the parts of its body, borrowed.

use std::fmt;

use http::HeaderMap;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::reply::{BodyShape, ReplyShape};
use crate::text::shorten;

/// One whole answer of a server.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    status: u16,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

/// A body that does not have the declared shape: where, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// A JSON pointer to the place; empty for the body as a whole.
    pub path: String,
    /// What does not fit.
    pub reason: String,
}

impl Misfit {
    /// A misfit at a JSON pointer. A reason that repeats what the server wrote is cut short: each item of the request may
    /// carry it.
    pub fn new(path: impl Into<String>, reason: impl fmt::Display) -> Self {
        Misfit { path: path.into(), reason: shorten(&reason.to_string(), 300) }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "the answer's body does not fit: {}", self.reason)
        } else {
            write!(f, "the answer's body does not fit at {}: {}", self.path, self.reason)
        }
    }
}

impl<'a> Answer<'a> {
    /// An answer from its parts.
    pub fn new(status: u16, headers: &'a HeaderMap, body: &'a [u8]) -> Self {
        Answer { status, headers, body }
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
    pub fn body(&self) -> Result<&'a RawValue, Misfit> {
        serde_json::from_slice(self.body).map_err(|error| self.misfit(&error))
    }

    /// Why a body did not decode.
    fn misfit(&self, error: &serde_json::Error) -> Misfit {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Misfit::new("", "it is empty");
        }
        match error.classify() {
            Category::Data => Misfit::new("", error),
            Category::Syntax | Category::Eof | Category::Io => Misfit::new("", format_args!("it is not JSON: {error}")),
        }
    }

    /// The lists of a body that is an object.
    pub fn fields(&self, shape: &'static ReplyShape) -> Result<Fields<'a>, Misfit> {
        let BodyShape::Object { lists, required } = shape.body else {
            return Err(Misfit::new("", "its shape has no fields"));
        };
        let mut fields = Fields { lists: Vec::with_capacity(lists.len()), missing: None };
        fields.lists.resize_with(lists.len(), || None);
        let mut deserializer = serde_json::Deserializer::from_slice(self.body);
        let mut found = vec![false; required.len()];
        deserializer
            .deserialize_map(FieldsVisitor { shape: lists, required, fields: &mut fields, found: &mut found })
            .and_then(|()| deserializer.end())
            .map_err(|error| self.misfit(&error))?;
        for (list, shape) in fields.lists.iter().zip(lists) {
            // `null` shows nothing of the shape: a list that may be null is not required.
            if shape.required && list.is_none_or(|list| list.raw.get() == "null") {
                fields.missing.get_or_insert(shape.name);
            }
        }
        for (found, name) in found.iter().zip(required) {
            if !found {
                fields.missing.get_or_insert(name);
            }
        }
        Ok(fields)
    }
}

/// The lists of an object, in the order of its shape.
#[derive(Debug)]
pub struct Fields<'a> {
    lists: Vec<Option<List<'a>>>,
    missing: Option<&'static str>,
}

/// One list of an answer, not yet read.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    /// Its name in the body.
    pub name: &'static str,
    /// Its JSON.
    pub raw: &'a RawValue,
}

impl<'a> Fields<'a> {
    /// The list at `index` of the shape; `None` where the body has none, or `null`.
    pub fn list(&self, index: usize) -> Option<List<'a>> {
        self.lists.get(index).copied().flatten().filter(|list| list.raw.get() != "null")
    }

    /// A required field that is missing: the answer is not of the declared shape, though its lines may be.
    pub fn missing(&self) -> Option<&'static str> {
        self.missing
    }
}

struct FieldsVisitor<'f, 'a> {
    shape: &'static [crate::reply::ListShape],
    required: &'static [&'static str],
    fields: &'f mut Fields<'a>,
    found: &'f mut [bool],
}

impl<'a> Visitor<'a> for FieldsVisitor<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<std::borrow::Cow<'a, str>>()? {
            let is = |list: &crate::reply::ListShape| list.name == key || list.aliases.contains(&key.as_ref());
            if let Some(index) = self.shape.iter().position(is) {
                let name = self.shape[index].name;
                let list = List { name, raw: map.next_value()? };
                if self.fields.lists[index].replace(list).is_some() {
                    return Err(serde::de::Error::custom(format_args!("the field `{name}` stands there twice")));
                }
                continue;
            }
            if let Some(index) = self.required.iter().position(|name| *name == key) {
                self.found[index] |= map.next_value::<Option<IgnoredAny>>()?.is_some();
                continue;
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}
