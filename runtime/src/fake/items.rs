//! The items of a request, from wherever the declaration says that they sit.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use url::form_urlencoded;

use super::request::FakeRequest;
use crate::declare::{ItemsAt, ListStyle};
use crate::request::UNRESERVED;

/// An item as it came.
#[derive(Debug, Clone)]
pub(super) struct Given<'r> {
    /// What it stands under: its key in a map, its group.
    pub(super) name: Option<String>,
    content: Content<'r>,
    /// How many bytes of the request it takes.
    pub(super) bytes: usize,
}

#[derive(Debug, Clone)]
enum Content<'r> {
    Json(Cow<'r, RawValue>),
    /// Which may stand for a string, or for a number or more.
    Text(Cow<'r, str>),
}

impl<'r> Given<'r> {
    fn json(json: &'r RawValue) -> Self {
        Given { name: None, bytes: json.get().len(), content: Content::Json(Cow::Borrowed(json)) }
    }

    fn text(text: impl Into<Cow<'r, str>>) -> Self {
        let text = text.into();
        Given { name: None, bytes: text.len(), content: Content::Text(text) }
    }

    fn under(self, name: &str) -> Self {
        Given { name: Some(name.to_owned()), ..self }
    }

    /// Of so many bytes.
    fn sized(self, bytes: usize) -> Self {
        Given { bytes, ..self }
    }

    pub(super) fn into_owned(self) -> Given<'static> {
        let content = match self.content {
            Content::Json(json) => Content::Json(Cow::Owned(json.into_owned())),
            Content::Text(text) => Content::Text(Cow::Owned(text.into_owned())),
        };
        Given { name: self.name, content, bytes: self.bytes }
    }

    /// The item, as it decodes.
    pub(super) fn decode<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        match &self.content {
            Content::Json(json) => serde_json::from_str(json.get()),
            Content::Text(text) => {
                let as_string = serde_json::to_string(text).and_then(|json| serde_json::from_str(&json));
                as_string.or_else(|error| serde_json::from_str(text).map_err(|_| error))
            }
        }
    }

    /// Its JSON, or its text.
    pub(super) fn written(&self) -> &str {
        match &self.content {
            Content::Json(json) => json.get(),
            Content::Text(text) => text,
        }
    }
}

/// The items of a request, in their order.
pub(super) fn items_of(request: &FakeRequest, at: ItemsAt) -> Result<Vec<Given<'_>>, String> {
    match at {
        ItemsAt::Pointer(pointer) => array(value_at(&request.body, pointer)?, pointer),
        ItemsAt::Body => array(value_at(&request.body, "")?, ""),
        ItemsAt::Ndjson => lines(&request.body),
        ItemsAt::Map(pointer) => {
            let entries = entries(value_at(&request.body, pointer)?, pointer)?;
            Ok(entries
                .iter()
                .map(|(name, json)| {
                    let item = Given::json(json);
                    let bytes = item.bytes + quoted(name) + 1;
                    item.under(name).sized(bytes)
                })
                .collect())
        }
        ItemsAt::Groups(pointer) => {
            let mut items = Vec::new();
            for (name, members) in entries(value_at(&request.body, pointer)?, pointer)? {
                let around = quoted(&name) + 3;
                let members = array(members, &format!("{pointer}/{name}"))?.into_iter();
                items.extend(members.map(|item| {
                    let bytes = item.bytes + around;
                    item.under(&name).sized(bytes)
                }));
            }
            Ok(items)
        }
        ItemsAt::Query(name, style) => listed(request.query().as_bytes(), name, style),
        ItemsAt::Form(name, style) => listed(&request.body, name, style),
        ItemsAt::Header(name) => {
            let mut values = request.headers.get_all(name).iter();
            let (Some(value), None) = (values.next(), values.next()) else {
                return Err(format!("there is not one header `{name}`"));
            };
            let value = value.to_str().map_err(|_| format!("the header `{name}` is no ASCII"))?;
            Ok(value.split(',').map(Given::text).collect())
        }
        ItemsAt::Codec => Err("what a codec writes cannot be read".to_owned()),
    }
}

/// The value at a JSON pointer of a body, whose step `0` is the one element of an array.
fn value_at<'b>(body: &'b [u8], pointer: &str) -> Result<&'b RawValue, String> {
    let mut place: &RawValue = serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
    for step in pointer.split('/').skip(1) {
        if step == "0" {
            let elements: Vec<&RawValue> = serde_json::from_str(place.get()).unwrap_or_default();
            let [one] = elements.as_slice() else {
                return Err(format!("the body has no field {pointer}: there is no array of one on the way"));
            };
            place = one;
            continue;
        }
        let name = step.replace("~1", "/").replace("~0", "~");
        let fields: Entries<'_> = serde_json::from_str(place.get())
            .map_err(|_| format!("the body has no field {pointer}: there is no object on the way"))?;
        let found = fields.0.into_iter().find(|(found, _)| *found == name);
        place = found.ok_or_else(|| format!("the body has no field {pointer}"))?.1;
    }
    Ok(place)
}

/// What stands at a place, as people call it.
fn place_name(pointer: &str) -> String {
    if pointer.is_empty() { "the body".to_owned() } else { format!("the field {pointer}") }
}

fn array<'b>(json: &'b RawValue, pointer: &str) -> Result<Vec<Given<'b>>, String> {
    let elements: Vec<&RawValue> =
        serde_json::from_str(json.get()).map_err(|_| format!("{} is no array", place_name(pointer)))?;
    Ok(elements.into_iter().map(Given::json).collect())
}

/// The fields of an object, each once.
fn entries<'b>(json: &'b RawValue, pointer: &str) -> Result<Vec<(String, &'b RawValue)>, String> {
    let Entries(entries) =
        serde_json::from_str(json.get()).map_err(|_| format!("{} is no object", place_name(pointer)))?;
    let mut names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("{} has `{}` twice", place_name(pointer), pair[0])),
        None => Ok(entries),
    }
}

fn lines(body: &[u8]) -> Result<Vec<Given<'_>>, String> {
    if body.last() != Some(&b'\n') {
        return Err("the last line does not end".to_owned());
    }
    let item = |(index, line)| {
        let json = serde_json::from_slice(line).map_err(|error| format!("line {index} is no JSON: {error}"))?;
        Ok(Given::json(json).sized(line.len()))
    };
    body.split_inclusive(|byte| *byte == b'\n').enumerate().map(item).collect()
}

/// The values under a name, in a query or a form.
fn listed<'b>(pairs: &'b [u8], name: &str, style: ListStyle) -> Result<Vec<Given<'b>>, String> {
    let escaped = |text: &str| utf8_percent_encode(text, UNRESERVED).map(str::len).sum();
    let text = |text: Cow<'b, str>| {
        let bytes = escaped(&text);
        Given::text(text).sized(bytes)
    };
    let pairs = || form_urlencoded::parse(pairs);
    let named = || pairs().filter(|(found, _)| found == name).map(|(_, value)| value);
    let one = || match (named().next(), named().nth(1)) {
        (Some(value), None) => Ok(value),
        _ => Err(format!("there is not one `{name}`")),
    };
    match style {
        ListStyle::Csv => Ok(one()?.split(',').map(|value| text(Cow::Owned(value.to_owned()))).collect()),
        ListStyle::Occurrence => Ok(named().map(text).collect()),
        ListStyle::Indexed => {
            let mut items = Vec::new();
            for (found, value) in pairs() {
                let Some(index) = found.strip_prefix(name).and_then(|rest| rest.strip_prefix('[')) else { continue };
                if index.strip_suffix(']') != Some(items.len().to_string().as_str()) {
                    return Err(format!("`{found}` stands where `{name}[{}]` belongs", items.len()));
                }
                items.push(text(value));
            }
            Ok(items)
        }
        ListStyle::Json => {
            let value = one()?;
            let elements: Vec<Box<RawValue>> =
                serde_json::from_str(&value).map_err(|error| format!("`{name}` is no JSON array: {error}"))?;
            let owned = |json: Box<RawValue>| Given {
                name: None,
                bytes: escaped(json.get()),
                content: Content::Json(Cow::Owned(json)),
            };
            Ok(elements.into_iter().map(owned).collect())
        }
    }
}

/// The bytes of a name as JSON.
fn quoted(name: &str) -> usize {
    serde_json::to_string(name).map_or(0, |json| json.len())
}

/// An object's fields as they stand, repeats included.
struct Entries<'b>(Vec<(String, &'b RawValue)>);

impl<'de: 'b, 'b> Deserialize<'de> for Entries<'b> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadEntries).map(Entries)
    }
}

struct ReadEntries;

impl<'de> Visitor<'de> for ReadEntries {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, Method, Version};

    use super::*;

    fn read(at: ItemsAt, path: &str, header: &str, body: &'static str) -> Result<Vec<String>, String> {
        let mut headers = HeaderMap::new();
        headers.insert("x-ids", header.parse().unwrap());
        let request = FakeRequest {
            number: 0,
            endpoint: None,
            method: Method::POST,
            path: path.to_owned(),
            version: Version::HTTP_11,
            headers,
            items: 0,
            body: Bytes::from_static(body.as_bytes()),
        };
        let items = items_of(&request, at)?;
        let name = |item: &Given<'_>| item.name.as_ref().map(|name| format!("{name}=")).unwrap_or_default();
        Ok(items.iter().map(|item| name(item) + item.written()).collect())
    }

    #[test]
    fn items_are_read_from_where_they_belong() {
        use ListStyle::{Csv, Indexed, Json, Occurrence};
        for (at, body, want) in [
            (ItemsAt::Pointer("/a/0/b"), r#"{"a":[{"b":[1,2]}]}"#, Some(vec!["1", "2"])),
            (ItemsAt::Pointer("/a/0/b"), r#"{"a":[{"b":[1]},{}]}"#, None),
            (ItemsAt::Body, "[1]", Some(vec!["1"])),
            (ItemsAt::Ndjson, "1\n{}\n", Some(vec!["1", "{}"])),
            (ItemsAt::Ndjson, "1\n2", None),
            (ItemsAt::Ndjson, "1\n\n2\n", None),
            (ItemsAt::Map("/m"), r#"{"m":{"k":1}}"#, Some(vec!["k=1"])),
            (ItemsAt::Map("/m"), r#"{"m":{"k":1,"k":2}}"#, None),
            (ItemsAt::Groups(""), r#"{"g":[1,2],"h":[3]}"#, Some(vec!["g=1", "g=2", "h=3"])),
            (ItemsAt::Groups(""), r#"{"g":1}"#, None),
            (ItemsAt::Form("u", Csv), "x=1&u=a,b%20c", Some(vec!["a", "b c"])),
            (ItemsAt::Form("u", Csv), "u=a&u=b", None),
            (ItemsAt::Form("u", Occurrence), "u=a&x=1&u=b", Some(vec!["a", "b"])),
            (ItemsAt::Form("u", Indexed), "u[0]=a&u%5B1%5D=b", Some(vec!["a", "b"])),
            (ItemsAt::Form("u", Indexed), "u[1]=a", None),
            (ItemsAt::Form("u", Json), "u=[1,%22a%22]", Some(vec!["1", "\"a\""])),
            (ItemsAt::Query("q", Csv), "", Some(vec!["1", "2"])),
            (ItemsAt::Header("X-Ids"), "", Some(vec!["3", "4"])),
            (ItemsAt::Header("X-None"), "", None),
        ] {
            let want = want.map(|items| items.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(read(at, "/a?q=1,2", "3,4", body).ok(), want, "{at:?} {body}");
        }
    }

    #[test]
    fn a_text_is_what_its_type_reads() {
        assert_eq!(Given::text("12").decode::<String>().unwrap(), "12");
        assert_eq!(Given::text("12").decode::<u64>().unwrap(), 12);
        assert_eq!(Given::text("[1,2]").decode::<Vec<u8>>().unwrap(), [1, 2]);
        assert!(Given::text("x").decode::<u64>().is_err());
    }
}
