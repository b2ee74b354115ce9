//! Reads the items of a request from their declared place.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use url::form_urlencoded;

use super::request::FakeRequest;
use crate::declare::{ItemsAt, ListStyle, NumberedName};
use crate::request::UNRESERVED;

/// An item of a request, not decoded yet.
#[derive(Debug, Clone)]
pub(super) struct RequestItem<'r> {
    /// The name that it is under: its key in a map, or its group.
    pub(super) name: Option<String>,
    content: Content<'r>,
    /// The number of bytes that it takes in the request.
    pub(super) bytes: usize,
}

#[derive(Debug, Clone)]
enum Content<'r> {
    Json(Cow<'r, RawValue>),
    /// A text from a query, form or header: `12` can be a string or a number.
    Text(Cow<'r, str>),
}

impl<'r> RequestItem<'r> {
    fn json(json: &'r RawValue) -> Self {
        RequestItem { name: None, bytes: json.get().len(), content: Content::Json(Cow::Borrowed(json)) }
    }

    fn text(text: impl Into<Cow<'r, str>>) -> Self {
        let text = text.into();
        RequestItem { name: None, bytes: text.len(), content: Content::Text(text) }
    }

    fn under(self, name: &str) -> Self {
        RequestItem { name: Some(name.to_owned()), ..self }
    }

    /// With this size in the request.
    fn sized(self, bytes: usize) -> Self {
        RequestItem { bytes, ..self }
    }

    pub(super) fn into_owned(self) -> RequestItem<'static> {
        let content = match self.content {
            Content::Json(json) => Content::Json(Cow::Owned(json.into_owned())),
            Content::Text(text) => Content::Text(Cow::Owned(text.into_owned())),
        };
        RequestItem { name: self.name, content, bytes: self.bytes }
    }

    /// Decodes the item.
    pub(super) fn decode<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        match &self.content {
            Content::Json(json) => serde_json::from_str(json.get()),
            Content::Text(text) => {
                let as_string = serde_json::to_string(text).and_then(|json| serde_json::from_str(&json));
                as_string.or_else(|error| serde_json::from_str(text).map_err(|_| error))
            }
        }
    }

    /// Returns its JSON or text.
    pub(super) fn written(&self) -> &str {
        match &self.content {
            Content::Json(json) => json.get(),
            Content::Text(text) => text,
        }
    }
}

/// Returns the items of a request, in order.
pub(super) fn items_of(request: &FakeRequest, at: ItemsAt) -> Result<Vec<RequestItem<'_>>, String> {
    match at {
        ItemsAt::Pointer(pointer) => array(value_at(&request.body, pointer)?, pointer),
        ItemsAt::Body => array(value_at(&request.body, "")?, ""),
        ItemsAt::Ndjson => lines(&request.body),
        ItemsAt::Text(separator) => delimited(&request.body, separator),
        ItemsAt::Map(pointer) => {
            let entries = entries(value_at(&request.body, pointer)?, pointer)?;
            Ok(entries
                .iter()
                .map(|(name, json)| {
                    let item = RequestItem::json(json);
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
                return Err(format!("expected one header `{name}`"));
            };
            let value = value.to_str().map_err(|_| format!("the header `{name}` is not ASCII"))?;
            Ok(value.split(',').map(RequestItem::text).collect())
        }
        ItemsAt::Codec => Err("the items of a codec cannot be read".to_owned()),
    }
}

/// Returns the value at a JSON pointer of a body. The step `0` is the single element of an array.
fn value_at<'b>(body: &'b [u8], pointer: &str) -> Result<&'b RawValue, String> {
    let mut place: &RawValue =
        serde_json::from_slice(body).map_err(|error| format!("the body is not JSON: {error}"))?;
    for step in pointer.split('/').skip(1) {
        if step == "0" {
            let elements: Vec<&RawValue> = serde_json::from_str(place.get()).unwrap_or_default();
            let [one] = elements.as_slice() else {
                return Err(format!("the body has no field {pointer}: expected an array with one element on its path"));
            };
            place = one;
            continue;
        }
        let name = step.replace("~1", "/").replace("~0", "~");
        let fields: ObjectFields<'_> = serde_json::from_str(place.get())
            .map_err(|_| format!("the body has no field {pointer}: expected an object on its path"))?;
        let found = fields.0.into_iter().find(|(found, _)| *found == name);
        place = found.ok_or_else(|| format!("the body has no field {pointer}"))?.1;
    }
    Ok(place)
}

/// The name of a JSON pointer in messages.
fn place_name(pointer: &str) -> String {
    if pointer.is_empty() { "the body".to_owned() } else { format!("the field {pointer}") }
}

fn array<'b>(json: &'b RawValue, pointer: &str) -> Result<Vec<RequestItem<'b>>, String> {
    let elements: Vec<&RawValue> =
        serde_json::from_str(json.get()).map_err(|_| format!("{} is not an array", place_name(pointer)))?;
    Ok(elements.into_iter().map(RequestItem::json).collect())
}

/// Returns the fields of an object. A duplicate field is an error.
fn entries<'b>(json: &'b RawValue, pointer: &str) -> Result<Vec<(String, &'b RawValue)>, String> {
    let ObjectFields(entries) =
        serde_json::from_str(json.get()).map_err(|_| format!("{} is not an object", place_name(pointer)))?;
    let mut names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("{} has the field `{}` twice", place_name(pointer), pair[0])),
        None => Ok(entries),
    }
}

fn lines(body: &[u8]) -> Result<Vec<RequestItem<'_>>, String> {
    if body.last() != Some(&b'\n') {
        return Err("the last line has no line break".to_owned());
    }
    let item = |(index, line)| {
        let json = serde_json::from_slice(line).map_err(|error| format!("line {index} is not JSON: {error}"))?;
        Ok(RequestItem::json(json).sized(line.len()))
    };
    body.split_inclusive(|byte| *byte == b'\n').enumerate().map(item).collect()
}

/// Returns the items of a body of items one after another.
fn delimited<'b>(body: &'b [u8], separator: &str) -> Result<Vec<RequestItem<'b>>, String> {
    let mut rest = std::str::from_utf8(body).map_err(|error| format!("the body is not text: {error}"))?;
    let mut items = Vec::new();
    while !rest.is_empty() {
        let end = json_end(rest, separator).or_else(|| rest.find(separator).filter(|_| !separator.is_empty()));
        let Some(end) = end else {
            if separator.is_empty() {
                return Err("expected a JSON object or array, since nothing separates the items".to_owned());
            }
            items.push(RequestItem::text(rest));
            break;
        };
        items.push(RequestItem::text(&rest[..end]));
        let Some(next) = rest[end..].strip_prefix(separator) else { break };
        if next.is_empty() && !separator.is_empty() {
            return Err(format!("the body ends with {separator:?}, without an item after it"));
        }
        rest = next;
    }
    Ok(items)
}

/// Returns the end of a JSON object or array at the start of a text. In lines, every line break ends an item.
fn json_end(text: &str, separator: &str) -> Option<usize> {
    if separator.contains(['\n', '\r']) || !text.starts_with(['{', '[']) {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    values.next()?.ok()?;
    let end = values.byte_offset();
    let after = &text[end..];
    (after.is_empty() || after.starts_with(separator)).then_some(end)
}

/// Returns the values under a name of a query or form.
fn listed<'b>(pairs: &'b [u8], name: &'static str, style: ListStyle) -> Result<Vec<RequestItem<'b>>, String> {
    let escaped = |text: &str| utf8_percent_encode(text, UNRESERVED).map(str::len).sum();
    let text = |text: Cow<'b, str>| {
        let bytes = escaped(&text);
        RequestItem::text(text).sized(bytes)
    };
    let pairs = || form_urlencoded::parse(pairs);
    let named = || pairs().filter(|(found, _)| found == name).map(|(_, value)| value);
    let one = || match (named().next(), named().nth(1)) {
        (Some(value), None) => Ok(value),
        _ => Err(format!("expected one `{name}`")),
    };
    match style {
        ListStyle::Csv => Ok(one()?.split(',').map(|value| text(Cow::Owned(value.to_owned()))).collect()),
        ListStyle::Repeat => Ok(named().map(text).collect()),
        ListStyle::Numbered => {
            let numbered = NumberedName::of(name).ok_or_else(|| format!("the name `{name}` has no number"))?;
            let mut items = Vec::new();
            for (found, value) in pairs().filter(|(found, _)| numbered.number_in(found).is_some()) {
                let want = numbered.at(items.len());
                if found != want {
                    return Err(format!("expected `{want}`, found `{found}`"));
                }
                items.push(text(value));
            }
            Ok(items)
        }
        ListStyle::Json => {
            let value = one()?;
            let elements: Vec<Box<RawValue>> =
                serde_json::from_str(&value).map_err(|error| format!("`{name}` is not a JSON array: {error}"))?;
            let owned = |json: Box<RawValue>| RequestItem {
                name: None,
                bytes: escaped(json.get()),
                content: Content::Json(Cow::Owned(json)),
            };
            Ok(elements.into_iter().map(owned).collect())
        }
    }
}

/// The number of bytes of a name as JSON.
fn quoted(name: &str) -> usize {
    serde_json::to_string(name).map_or(0, |json| json.len())
}

/// The fields of an object in order, duplicates included.
struct ObjectFields<'b>(Vec<(String, &'b RawValue)>);

impl<'de: 'b, 'b> Deserialize<'de> for ObjectFields<'b> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadFields).map(ObjectFields)
    }
}

struct ReadFields;

impl<'de> Visitor<'de> for ReadFields {
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

    fn request(path: &str, header: &str, body: &'static str) -> FakeRequest {
        let mut headers = HeaderMap::new();
        headers.insert("x-ids", header.parse().unwrap());
        FakeRequest {
            number: 0,
            endpoint: None,
            method: Method::POST,
            path: path.to_owned(),
            version: Version::HTTP_11,
            headers,
            items: 0,
            body: Bytes::from_static(body.as_bytes()),
            sent_bytes: body.len(),
            shown_path: String::new(),
        }
    }

    fn read(at: ItemsAt, path: &str, header: &str, body: &'static str) -> Result<Vec<String>, String> {
        let request = request(path, header, body);
        let items = items_of(&request, at)?;
        let name = |item: &RequestItem<'_>| item.name.as_ref().map(|name| format!("{name}=")).unwrap_or_default();
        Ok(items.iter().map(|item| name(item) + item.written()).collect())
    }

    #[test]
    fn items_are_read_from_where_they_belong() {
        use ListStyle::{Csv, Json, Numbered, Repeat};
        for (at, body, want) in [
            (ItemsAt::Pointer("/a/0/b"), r#"{"a":[{"b":[1,2]}]}"#, Some(vec!["1", "2"])),
            (ItemsAt::Pointer("/a/0/b"), r#"{"a":[{"b":[1]},{}]}"#, None),
            (ItemsAt::Body, "[1]", Some(vec!["1"])),
            (ItemsAt::Ndjson, "1\n{}\n", Some(vec!["1", "{}"])),
            (ItemsAt::Ndjson, "1\n2", None),
            (ItemsAt::Ndjson, "1\n\n2\n", None),
            (ItemsAt::Text("\n"), "a b\n{\"x\":1}\n[", Some(vec!["a b", "{\"x\":1}", "["])),
            (ItemsAt::Text("\n"), "a\n", None),
            (ItemsAt::Text(""), "{\"x\":\"}{\"}{}[1]", Some(vec!["{\"x\":\"}{\"}", "{}", "[1]"])),
            (ItemsAt::Text(", "), "{\"x\":[1, 2]}, [a], b", Some(vec!["{\"x\":[1, 2]}", "[a]", "b"])),
            (ItemsAt::Map("/m"), r#"{"m":{"k":1}}"#, Some(vec!["k=1"])),
            (ItemsAt::Map("/m"), r#"{"m":{"k":1,"k":2}}"#, None),
            (ItemsAt::Groups(""), r#"{"g":[1,2],"h":[3]}"#, Some(vec!["g=1", "g=2", "h=3"])),
            (ItemsAt::Groups(""), r#"{"g":1}"#, None),
            (ItemsAt::Form("u", Csv), "x=1&u=a,b%20c", Some(vec!["a", "b c"])),
            (ItemsAt::Form("u", Csv), "u=a&u=b", None),
            (ItemsAt::Form("u", Repeat), "u=a&x=1&u=b", Some(vec!["a", "b"])),
            (ItemsAt::Form("u[{i}]", Numbered), "u[0]=a&u[x]=c&u%5B1%5D=b", Some(vec!["a", "b"])),
            (ItemsAt::Form("u[{i}]", Numbered), "u[1]=a", None),
            (ItemsAt::Form("u.{n}.id", Numbered), "u.1.id=a&u.2.id=b&u.id=c", Some(vec!["a", "b"])),
            (ItemsAt::Form("u.{n}", Numbered), "u.0=a", None),
            (ItemsAt::Form("u", Json), "u=[1,%22a%22]", Some(vec!["1", "\"a\""])),
            (ItemsAt::Query("q", Csv), "", Some(vec!["1", "2"])),
            (ItemsAt::Header("X-Ids"), "", Some(vec!["3", "4"])),
            (ItemsAt::Header("X-None"), "", None),
        ] {
            let want = want.map(|items| items.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(read(at, "/a?q=1,2", "3,4", body).ok(), want, "{at:?} {body}");
        }
    }

    /// The sizes are written out here: what the encoder counts is not asked.
    #[test]
    fn the_size_of_an_item_is_that_of_its_bytes_in_the_request() {
        use ListStyle::{Csv, Json, Numbered, Repeat};
        for (at, body, want) in [
            (ItemsAt::Pointer("/a"), r#"{"a":["x",{"b": 1}]}"#, vec![3, 8]),
            (ItemsAt::Body, "[\"\u{e9}\",null]", vec![4, 4]),
            (ItemsAt::Ndjson, "1\n{\"a\":1}\n", vec![2, 8]),
            // `"k":1` and `"a\"b":22`.
            (ItemsAt::Map("/m"), r#"{"m":{"k":1,"a\"b":22}}"#, vec![5, 9]),
            // Each item may be the first of its group: `"g":[1]`.
            (ItemsAt::Groups(""), r#"{"g":[1,22],"long":["x"]}"#, vec![7, 8, 12]),
            (ItemsAt::Form("u", Csv), "u=a,b%20c", vec![1, 5]),
            (ItemsAt::Form("u", Repeat), "u=a%2Fb&u=%C3%A9", vec![5, 6]),
            (ItemsAt::Form("u[{i}]", Numbered), "u%5B0%5D=a.b&u%5B1%5D=%26", vec![3, 3]),
            (ItemsAt::Form("u", Json), "u=%5B1%2C%22a%22%5D", vec![1, 7]),
            (ItemsAt::Query("q", Csv), "", vec![1, 1]),
            (ItemsAt::Header("X-Ids"), "", vec![1, 2]),
        ] {
            let request = request("/a?q=1,2", "3,44", body);
            let sizes = items_of(&request, at).map(|items| items.iter().map(|item| item.bytes).collect());
            assert_eq!(sizes, Ok(want), "{at:?} {body}");
        }
    }

    #[test]
    fn a_text_is_what_its_type_reads() {
        assert_eq!(RequestItem::text("12").decode::<String>().unwrap(), "12");
        assert_eq!(RequestItem::text("12").decode::<u64>().unwrap(), 12);
        assert_eq!(RequestItem::text("[1,2]").decode::<Vec<u8>>().unwrap(), [1, 2]);
        assert!(RequestItem::text("x").decode::<u64>().is_err());
    }
}
