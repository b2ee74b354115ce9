//! Raw JSON of elements, and of members of objects.

use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::{RawValue, to_raw_value};

use super::super::shape::{ElementShape, KeySource};
use super::count::TooManyElements;
use crate::text::shorten;

/// Calls a function with each element of a JSON array, as raw JSON. An error of the function ends the reading.
pub(super) struct EachElement<'e>(pub(super) &'e mut dyn FnMut(&RawValue) -> Result<(), TooManyElements>);

impl<'de> Visitor<'de> for EachElement<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(raw) = seq.next_element::<&'de RawValue>()? {
            (self.0)(raw).map_err(serde::de::Error::custom)?;
        }
        Ok(())
    }
}

/// Calls a function with each member of a JSON object, as the raw JSON `[key, value]`. Duplicate members are kept. An error of the function
/// ends the reading.
pub(super) struct EachEntry<'e>(pub(super) &'e mut dyn FnMut(&RawValue) -> Result<(), TooManyElements>);

impl<'de> Visitor<'de> for EachEntry<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            (self.0)(&to_raw_value(&(key, value)).map_err(serde::de::Error::custom)?)
                .map_err(serde::de::Error::custom)?;
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
