//! Raw JSON of elements, and of members of objects.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::{RawValue, to_raw_value};

use super::super::shape::{ElementShape, KeySource};
use crate::text::shorten;

/// The elements of a JSON array, one after the other. An element whose bytes are known is skipped without being read.
pub(super) struct Elements<'a> {
    rest: &'a str,
}

/// The white space of JSON.
const WHITE: [char; 4] = [' ', '\n', '\r', '\t'];

impl<'a> Elements<'a> {
    /// Returns the elements of an array.
    pub(super) fn of(raw: &'a RawValue) -> Result<Self, serde_json::Error> {
        match raw.get().strip_prefix('[') {
            Some(rest) => Ok(Elements { rest: rest.trim_start_matches(WHITE) }),
            // An error that says what it is.
            None => {
                serde_json::Deserializer::from_str(raw.get()).deserialize_seq(Array).map(|()| Elements { rest: "]" })
            }
        }
    }

    /// Skips the next element if it has these bytes. Returns whether it did.
    pub(super) fn skip(&mut self, bytes: &[u8]) -> bool {
        let after = self.rest.as_bytes().strip_prefix(bytes).and_then(<[u8]>::first);
        let is_next = matches!(after, Some(b',' | b']'));
        if is_next {
            self.leave(bytes.len());
        }
        is_next
    }

    /// Reads the next element; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Result<&'a RawValue, serde_json::Error>> {
        if self.rest.starts_with(']') {
            return None;
        }
        let mut values = serde_json::Deserializer::from_str(self.rest).into_iter::<&RawValue>();
        let value = values.next()?;
        self.leave(values.byte_offset());
        Some(value)
    }

    /// Leaves an element of this many bytes, and the comma behind it.
    fn leave(&mut self, bytes: usize) {
        let rest = self.rest[bytes..].trim_start_matches(WHITE);
        self.rest = rest.strip_prefix(',').map_or(rest, |rest| rest.trim_start_matches(WHITE));
    }
}

/// Describes what is not an array.
struct Array;

impl Visitor<'_> for Array {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }
}

/// A function that takes raw JSON. Its error ends the reading.
type Each<'e> = dyn FnMut(&RawValue) -> Result<(), serde_json::Error> + 'e;

/// Calls a function with each member of a JSON object, as the raw JSON `[key, value]`. Duplicate members are kept.
pub(super) fn each_member(raw: &RawValue, each: &mut Each<'_>) -> Result<(), serde_json::Error> {
    serde_json::Deserializer::from_str(raw.get()).deserialize_map(EachEntry(each))
}

struct EachEntry<'e>(&'e mut Each<'e>);

impl<'de> Visitor<'de> for EachEntry<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            let member = to_raw_value(&(key, value)).map_err(serde::de::Error::custom)?;
            (self.0)(&member).map_err(serde::de::Error::custom)?;
        }
        Ok(())
    }
}

/// The key of a member: `"a"` in `["a", {…}]`.
pub(super) fn entry_key(raw: &RawValue) -> Option<&RawValue> {
    let (key, _): (&RawValue, serde::de::IgnoredAny) = serde_json::from_str(raw.get()).ok()?;
    Some(key)
}

/// The value of a member: `{…}` in `["a", {…}]`.
pub(super) fn entry_value(raw: &RawValue) -> Option<&RawValue> {
    let (_, value): (serde::de::IgnoredAny, &RawValue) = serde_json::from_str(raw.get()).ok()?;
    Some(value)
}

/// The raw JSON of a field of an object; the last if it has several with this name.
pub(super) fn raw_field<'a>(raw: &'a RawValue, field: &str) -> Option<&'a RawValue> {
    serde_json::Deserializer::from_str(raw.get()).deserialize_map(FieldNamed(field)).ok()?
}

/// Finds a field by its name. A name with a lone surrogate is no text, and equals no declared name.
struct FieldNamed<'f>(&'f str);

impl<'de> Visitor<'de> for FieldNamed<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some((name, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            // `{"\u0069d": "a"}` is the field `id`: names are compared as text, not as bytes.
            if serde_json::from_str::<String>(name.get()).is_ok_and(|name| name == self.0) {
                found = Some(value);
            }
        }
        Ok(found)
    }
}

/// The maximum number of characters of an unknown key in a message.
pub(super) const NAME: usize = 80;

/// The JSON of an unknown key, for a message.
pub(super) fn json(key: &impl serde::Serialize) -> String {
    shorten(&serde_json::to_string(key).unwrap_or_default(), NAME)
}

/// The name of an element's item, for a message: its key fields, else the element itself, shortened.
pub(super) fn element_name(raw: &RawValue, shape: &ElementShape) -> String {
    let key = if shape.key_source == KeySource::Member { entry_key(raw) } else { None };
    let named: Vec<&str> = shape
        .group
        .iter()
        .chain(shape.key)
        .filter_map(|field| raw_field(raw, field))
        .chain(key)
        .map(RawValue::get)
        .collect();
    let text = if named.is_empty() { raw.get().to_owned() } else { named.join(", ") };
    shorten(&text, NAME)
}
