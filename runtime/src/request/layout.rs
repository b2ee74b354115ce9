//! The layout of requests: the place of the items, the text between them, and the frame around them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};
use url::Url;

use super::codec::ErasedCodec;
use super::escape::{escape, escaped};
use super::frame::{self, BodyField, gather};
use super::item::{ItemEncoding, ungroup};
use crate::declare::{ItemsAt, ListStyle, NumberedName};
use crate::engine::Around;
use crate::item::GroupFn;

/// The part of the layout that depends on the type of the item.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum PlugIn {
    #[default]
    None,
    Groups(GroupFn),
    Codec(ErasedCodec),
}

/// The layout of the items in a request.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) spelling: ItemEncoding,
    /// The `Content-Type`, unless the endpoint has a header for it; `None` if there is no body.
    pub(crate) content_type: Option<&'static str>,
    target: Target,
    head: Bytes,
    join: Join,
    tail: Bytes,
}

/// The part of a request that holds the items.
#[derive(Debug, Clone)]
enum Target {
    Body,
    /// The end of the URL's query; this is the body.
    Query(Bytes),
    /// This header; this is the body.
    Header(HeaderName, Bytes),
}

/// The text between the items.
#[derive(Debug, Clone)]
enum Join {
    Text(Bytes),
    /// A name with a number before each item: `name[0]=`, `&name[1]=`. The parts of the name are percent-encoded.
    Numbered {
        before: Bytes,
        first: usize,
        after: Bytes,
    },
    /// One array for each group.
    Groups,
    /// The codec joins them; these are the other body fields.
    Codec(ErasedCodec, Map<String, Value>),
}

/// The parts of a request that depend on its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EncodedRequest {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The reason why no request can be built from items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRequest {
    /// The request would have more bytes than the limit.
    TooLarge { bytes: usize, cap: usize },
    /// The codec panicked.
    Panicked,
}

impl NoRequest {
    /// Returns the size of the request in bytes, and the limit, if it is too large.
    pub(crate) fn too_large(self) -> Option<(usize, usize)> {
        match self {
            NoRequest::TooLarge { bytes, cap } => Some((bytes, cap)),
            NoRequest::Panicked => None,
        }
    }
}

/// The reason of [`NoRequest::Panicked`] in words, for an item that was not sent.
pub(crate) const NO_REQUEST: &str = "the codec panicked when it wrote a body with this item";

/// A layout without items and without a body.
impl Default for Layout {
    fn default() -> Self {
        let (head, tail) = Default::default();
        let join = Join::Text(Bytes::new());
        Layout { spelling: ItemEncoding::Json, content_type: None, target: Target::Body, head, join, tail }
    }
}

impl Layout {
    /// Creates the layout of requests with these other body fields.
    pub(crate) fn new(items: ItemsAt, plug_in: PlugIn, fields: &[BodyField]) -> Result<Self, String> {
        let media_type = items.body_format().media_type();
        let json = |spelling, pointer, brackets, join| {
            let [head, tail] = frame::around(fields, pointer, brackets)?;
            let (head, tail) = (head.into(), tail.into());
            Ok(Layout { spelling, content_type: media_type, target: Target::Body, head, join, tail })
        };
        let comma = || Join::Text(Bytes::from_static(b","));
        match (items, plug_in) {
            (ItemsAt::Pointer(pointer), _) => json(ItemEncoding::Json, pointer, ["[", "]"], comma()),
            (ItemsAt::Body, _) => json(ItemEncoding::Json, "", ["[", "]"], comma()),
            (ItemsAt::Map(pointer), _) => json(ItemEncoding::Keyed, pointer, ["{", "}"], comma()),
            (ItemsAt::Groups(pointer), PlugIn::Groups(group)) => {
                json(ItemEncoding::Grouped(group), pointer, ["{", "}"], Join::Groups)
            }
            (ItemsAt::Ndjson, _) => json(ItemEncoding::Ndjson, "", ["", ""], Join::Text(Bytes::new())),
            (ItemsAt::Text(separator), _) => {
                let between = Join::Text(Bytes::from_static(separator.as_bytes()));
                json(ItemEncoding::Delimited(separator), "", ["", ""], between)
            }
            (ItemsAt::Query(name, style), _) => {
                let body = beside(fields)?;
                let content_type = media_type.filter(|_| !body.is_empty());
                Ok(Layout { target: Target::Query(body), content_type, ..Layout::pairs(name, style)? })
            }
            (ItemsAt::Form(name, style), _) => {
                let layout = Layout::pairs(name, style)?.after_fields(fields)?;
                Ok(Layout { content_type: media_type, ..layout })
            }
            (ItemsAt::Header(name), _) => {
                let body = beside(fields)?;
                let content_type = media_type.filter(|_| !body.is_empty());
                let parsed = HeaderName::from_bytes(name.as_bytes());
                let name = parsed.map_err(|_| format!("expected a header name for the items, found `{name}`"))?;
                let spelling = ItemEncoding::Text { listed: true, escaped: false };
                let (head, tail) = Default::default();
                Ok(Layout { spelling, content_type, target: Target::Header(name, body), head, join: comma(), tail })
            }
            (ItemsAt::Codec, PlugIn::Codec(codec)) => {
                let fields = match gather(fields)? {
                    Value::Null => Map::new(),
                    Value::Object(fields) => fields,
                    _ => {
                        return Err(
                            "expected body fields of one object beside a codec, found a field inside an array".into()
                        );
                    }
                };
                Ok(Layout {
                    spelling: ItemEncoding::Codec(codec),
                    content_type: Some(codec.content_type),
                    target: Target::Body,
                    head: Bytes::new(),
                    join: Join::Codec(codec, fields),
                    tail: Bytes::new(),
                })
            }
            (ItemsAt::Groups(_) | ItemsAt::Codec, _) => {
                Err("the endpoint is not bound to the type of its items".into())
            }
        }
    }

    /// A layout of `name=value` pairs, for a query or a form.
    fn pairs(name: &'static str, style: ListStyle) -> Result<Self, String> {
        let named = |after: &str| -> Bytes { [&escaped(name), after.as_bytes()].concat().into() };
        let text = ItemEncoding::Text { listed: style == ListStyle::Csv, escaped: true };
        let (spelling, head, join, tail) = match style {
            ListStyle::Csv => (text, named("="), Join::Text(",".into()), ""),
            ListStyle::Repeat => {
                let again: Bytes = [b"&", named("=").as_ref()].concat().into();
                (text, named("="), Join::Text(again), "")
            }
            ListStyle::Numbered => {
                let NumberedName { before, first, after } = NumberedName::of(name)
                    .ok_or_else(|| format!("expected `{{i}}` or `{{n}}` in the name of the items, found `{name}`"))?;
                let after = [&escaped(after), b"=".as_slice()].concat().into();
                (text, Bytes::new(), Join::Numbered { before: escaped(before), first, after }, "")
            }
            ListStyle::Json => (ItemEncoding::EscapedJson, named("=%5B"), Join::Text("%2C".into()), "%5D"),
        };
        Ok(Layout { spelling, content_type: None, target: Target::Body, head, join, tail: tail.into() })
    }

    /// Adds these fields before the items of a form.
    fn after_fields(mut self, fields: &[BodyField]) -> Result<Self, String> {
        let mut head = BytesMut::new();
        for (pointer, value) in fields {
            let name = pointer.strip_prefix('/').filter(|name| !name.contains('/'));
            let name =
                name.ok_or_else(|| format!("expected a plain field in a form, found the nested field {pointer}"))?;
            let name = name.replace("~1", "/").replace("~0", "~");
            let values = if let Value::Array(values) = value { values } else { std::slice::from_ref(value) };
            for value in values {
                let text = match value {
                    Value::String(text) => text.clone(),
                    Value::Bool(_) | Value::Number(_) => value.to_string(),
                    _ => return Err(format!("expected a scalar or a list of scalars for the form field {pointer}")),
                };
                escape(&mut head, name.as_bytes());
                head.put_u8(b'=');
                escape(&mut head, text.as_bytes());
                head.put_u8(b'&');
            }
        }
        head.put_slice(&self.head);
        self.head = head.freeze();
        Ok(self)
    }

    /// Returns the byte offsets in the body before the items at which texts of `length` bytes begin that differ from those of another one.
    pub(super) fn differences(&self, other: &Layout, length: usize) -> Vec<usize> {
        let [one, other] = [self, other].map(Layout::start);
        let mut offsets = Vec::new();
        let mut from = 0;
        while let Some(at) = std::iter::zip(one, other).skip(from).position(|(one, other)| one != other) {
            offsets.push(from + at);
            from += at + length;
        }
        offsets
    }

    /// The body before the items.
    fn start(&self) -> &Bytes {
        match &self.target {
            Target::Body => &self.head,
            Target::Query(body) | Target::Header(_, body) => body,
        }
    }

    /// Returns the bytes of a request beside those of its items.
    ///
    /// What counts is what `max_bytes` limits: the body, or the URL if the items are in its query, or the value of the header that holds
    /// them.
    pub(crate) fn around(&self, url: &Url) -> Around {
        let frame = self.head.len() + self.tail.len();
        let frame = frame + if let Target::Query(_) = self.target { url.as_str().len() + 1 } else { 0 };
        let around = Around { frame, separator: 1, numbered_from: None };
        match &self.join {
            Join::Text(text) => Around { separator: text.len(), ..around },
            Join::Numbered { before, first, after } => {
                let name = before.len() + after.len();
                Around { frame: frame + name, separator: 1 + name, numbered_from: Some(*first) }
            }
            // Each encoded item includes the name of its group, although a group's name is written once: an upper bound.
            Join::Groups => around,
            Join::Codec(..) => Around { frame: self.write(&[]).map_or(0, |body| body.len()), separator: 0, ..around },
        }
    }

    /// Describes where the items are, and what is around them: the same text in every process, and only for the same layout.
    pub(crate) fn describe(&self) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (head, tail) = (text(&self.head), text(&self.tail));
        let join = match &self.join {
            Join::Text(between) => format!("{}…", text(between)),
            Join::Numbered { before, first, after } => format!("{}{first}{}…", text(before), text(after)),
            Join::Groups => "groups".to_owned(),
            Join::Codec(codec, fields) => format!("{} {}", codec.content_type, Value::from(fields.clone())),
        };
        match &self.target {
            Target::Body => format!("{head}…{join}{tail}"),
            Target::Query(body) => format!("query {head}…{join}{tail} {}", text(body)),
            Target::Header(name, body) => format!("header {name}: {head}…{join}{tail} {}", text(body)),
        }
    }

    /// Builds a request to `url` with these encoded items. A codec's body must not be larger than `max_bytes`.
    pub(crate) fn make(&self, url: &Url, items: &[&[u8]], max_bytes: usize) -> Result<EncodedRequest, NoRequest> {
        let text = self.write(items)?;
        let (mut url, mut headers) = (url.clone(), HeaderMap::new());
        let body = match &self.target {
            Target::Body => text,
            Target::Query(body) => {
                // The text is percent-encoded, so it is ASCII.
                let text = String::from_utf8_lossy(&text);
                let query = match url.query().filter(|query| !query.is_empty()) {
                    Some(query) => format!("{query}&{text}"),
                    None => text.into_owned(),
                };
                url.set_query(Some(&query));
                body.clone()
            }
            Target::Header(name, body) => {
                let value = HeaderValue::from_maybe_shared(text).expect("the encoder checked each item for a header");
                headers.insert(name, value);
                body.clone()
            }
        };
        if let Join::Codec(codec, _) = &self.join {
            if body.len() > max_bytes {
                return Err(NoRequest::TooLarge { bytes: body.len(), cap: max_bytes });
            }
            let add = || (codec.headers)(&body, &mut headers);
            catch_unwind(AssertUnwindSafe(add)).map_err(|_| NoRequest::Panicked)?;
        }
        Ok(EncodedRequest { url, headers, body })
    }

    /// Joins the items, and adds the frame around them.
    fn write(&self, items: &[&[u8]]) -> Result<Bytes, NoRequest> {
        if let Join::Codec(codec, fields) = &self.join {
            let body = catch_unwind(AssertUnwindSafe(|| (codec.body)(fields, items)));
            return body.map(Bytes::from).map_err(|_| NoRequest::Panicked);
        }
        let size: usize = items.iter().map(|item| item.len() + 1).sum();
        let mut out = BytesMut::with_capacity(self.head.len() + size + self.tail.len());
        out.put_slice(&self.head);
        match &self.join {
            Join::Groups => write_groups(&mut out, items),
            join => {
                for (index, item) in items.iter().enumerate() {
                    match join {
                        Join::Numbered { before, first, after } => {
                            let number = (first + index).to_string();
                            let between: &[u8] = if index > 0 { b"&" } else { b"" };
                            [between, before, number.as_bytes(), after]
                                .into_iter()
                                .for_each(|part| out.put_slice(part));
                        }
                        Join::Text(text) if index > 0 => out.put_slice(text),
                        _ => {}
                    }
                    out.put_slice(item);
                }
            }
        }
        out.put_slice(&self.tail);
        Ok(out.freeze())
    }

    /// Returns the function that returns the group of an item, if the request has groups.
    pub(crate) fn group(&self) -> Option<GroupFn> {
        match self.spelling {
            ItemEncoding::Grouped(group) => Some(group),
            _ => None,
        }
    }

    /// Returns whether the encoding of an item is its JSON, so that it can be compared with a key of a response byte by byte.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.spelling, ItemEncoding::Json)
    }

    /// Returns whether the encoding of an item has its JSON, not changed for a URL or a form.
    pub(crate) fn has_json(&self) -> bool {
        matches!(
            self.spelling,
            ItemEncoding::Json | ItemEncoding::Ndjson | ItemEncoding::Keyed | ItemEncoding::Grouped(_)
        )
    }
}

/// Returns the body of a request whose items are in the URL or a header, and its content type; both empty if there are no fields.
fn beside(fields: &[BodyField]) -> Result<Bytes, String> {
    Ok(match gather(fields)? {
        Value::Null => Bytes::new(),
        body => body.to_string().into(),
    })
}

/// Writes the arrays of the groups, each group in the place of its first item.
fn write_groups(out: &mut BytesMut, items: &[&[u8]]) {
    let mut groups: Vec<(&[u8], Vec<&[u8]>)> = Vec::new();
    for (name, item) in items.iter().map(|item| ungroup(item)) {
        match groups.iter_mut().find(|(other, _)| *other == name) {
            Some((_, members)) => members.push(item),
            None => groups.push((name, vec![item])),
        }
    }
    let arrays: Vec<Vec<u8>> =
        groups.iter().map(|(name, members)| [*name, b":[", &members.join(&b','), b"]"].concat()).collect();
    out.put_slice(&arrays.join(&b','));
}

#[cfg(test)]
mod tests {
    use std::any::Any;
    use std::borrow::Cow;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::codec::{Codec, CodecError};
    use super::super::encoded::Encoded;
    use super::super::item::Encoder;
    use super::*;
    use crate::declare::RequestPart;
    use crate::item::RunId;

    const URL: &str = "https://example.com/a?fixed=1";

    fn url() -> Url {
        URL.parse().unwrap()
    }

    /// The group of a text is its first letter.
    fn first_letter(item: &dyn Any) -> Cow<'_, str> {
        item.downcast_ref::<String>().map_or("", |text| text.get(..1).unwrap_or_default()).into()
    }

    fn layout(items: ItemsAt, fields: &[BodyField]) -> Result<Layout, String> {
        let plug_in = match items {
            ItemsAt::Groups(_) => PlugIn::Groups(first_letter),
            ItemsAt::Codec => PlugIn::Codec(ErasedCodec::new::<Bars, String>()),
            _ => PlugIn::None,
        };
        Layout::new(items, plug_in, fields)
    }

    /// Builds the request with these texts, and returns its estimated size too.
    fn make(layout: &Layout, texts: &[&str]) -> (EncodedRequest, usize) {
        let mut encoder = Encoder::new(layout.spelling, RunId::default());
        let encoded: Vec<Encoded> = texts.iter().map(|text| encoder.encode(&(*text).to_owned(), 0).unwrap()).collect();
        let encoded: Vec<&[u8]> = encoded.iter().map(AsRef::as_ref).collect();
        let estimate = layout.around(&url()).body(texts.len(), encoded.iter().map(|item| item.len()).sum());
        (layout.make(&url(), &encoded, usize::MAX).unwrap(), estimate)
    }

    /// `|a|b|`, with a header that depends on the body.
    struct Bars;

    impl Codec<String> for Bars {
        const CONTENT_TYPE: &'static str = "text/bars";

        fn item(item: &String, out: &mut Vec<u8>) -> Result<(), CodecError> {
            if item.contains('|') {
                return Err("a bar".into());
            }
            out.extend_from_slice(item.as_bytes());
            out.push(b'|');
            Ok(())
        }

        fn body(fields: &Map<String, Value>, items: &[&[u8]]) -> Vec<u8> {
            assert!(!items.contains(&b"panic|".as_slice()), "requested by the test");
            [fields.keys().cloned().collect::<String>().as_bytes(), b"|", &items.concat()].concat()
        }

        fn headers(body: &[u8], headers: &mut HeaderMap) {
            headers.insert("x-length", body.len().into());
        }
    }

    #[test]
    fn bodies() {
        use ListStyle::{Csv, Json, Numbered, Repeat};
        let all = || ("/all", json!(false));
        for (items, fields, want) in [
            (ItemsAt::Pointer("/ids"), vec![], r#"{"ids":["ab","c d","ae"]}"#),
            (ItemsAt::Pointer("/b/0/ids"), vec![all()], r#"{"all":false,"b":[{"ids":["ab","c d","ae"]}]}"#),
            (ItemsAt::Body, vec![], r#"["ab","c d","ae"]"#),
            (ItemsAt::Ndjson, vec![], "\"ab\"\n\"c d\"\n\"ae\"\n"),
            (ItemsAt::Text("\n"), vec![], "ab\nc d\nae"),
            (ItemsAt::Text(""), vec![], "abc dae"),
            (ItemsAt::Map("/m"), vec![all()], r#"{"all":false,"m":{"ab":"ab","c d":"c d","ae":"ae"}}"#),
            (ItemsAt::Map(""), vec![], r#"{"ab":"ab","c d":"c d","ae":"ae"}"#),
            (ItemsAt::Groups("/g"), vec![all()], r#"{"all":false,"g":{"a":["ab","ae"],"c":["c d"]}}"#),
            (ItemsAt::Groups(""), vec![], r#"{"a":["ab","ae"],"c":["c d"]}"#),
            (ItemsAt::Form("u", Csv), vec![all()], "all=false&u=ab,c%20d,ae"),
            (ItemsAt::Form("u", Csv), vec![("/x y", json!(["1&", 2]))], "x%20y=1%26&x%20y=2&u=ab,c%20d,ae"),
            (ItemsAt::Form("u v", Repeat), vec![], "u%20v=ab&u%20v=c%20d&u%20v=ae"),
            (ItemsAt::Form("u[{i}]", Numbered), vec![all()], "all=false&u%5B0%5D=ab&u%5B1%5D=c%20d&u%5B2%5D=ae"),
            (ItemsAt::Form("N.{n}", Numbered), vec![], "N.1=ab&N.2=c%20d&N.3=ae"),
            (ItemsAt::Form("N.{n}.Id", Numbered), vec![], "N.1.Id=ab&N.2.Id=c%20d&N.3.Id=ae"),
            (ItemsAt::Form("u", Json), vec![], "u=%5B%22ab%22%2C%22c%20d%22%2C%22ae%22%5D"),
            (ItemsAt::Codec, vec![all()], "all|ab|c d|ae|"),
        ] {
            let layout = layout(items, &fields).unwrap();
            let (request, estimate) = make(&layout, &["ab", "c d", "ae"]);
            assert_eq!(String::from_utf8(request.body.to_vec()).unwrap(), want, "{items:?}");
            assert_eq!(request.url.as_str(), URL);
            let exact = !matches!(items, ItemsAt::Groups(_));
            assert!(
                request.body.len() <= estimate && (!exact || request.body.len() == estimate),
                "{items:?} {estimate}"
            );
        }
        let (request, _) = make(&layout(ItemsAt::Codec, &[]).unwrap(), &["a"]);
        assert_eq!(request.headers["x-length"], "3");
    }

    #[test]
    fn items_outside_of_the_body() {
        use ListStyle::{Csv, Json, Numbered, Repeat};
        let texts = ["a", "c d", "e"];
        for (name, style, want) in [
            ("i", Csv, "i=a,c%20d,e"),
            ("i", Repeat, "i=a&i=c%20d&i=e"),
            ("i[{i}]", Numbered, "i%5B0%5D=a&i%5B1%5D=c%20d&i%5B2%5D=e"),
            ("i", Json, "i=%5B%22a%22%2C%22c%20d%22%2C%22e%22%5D"),
        ] {
            let layout = layout(ItemsAt::Query(name, style), &[]).unwrap();
            let (request, estimate) = make(&layout, &texts);
            assert_eq!(request.url.as_str(), format!("{URL}&{want}"));
            assert_eq!(request.url.as_str().len(), estimate);
            assert_eq!((request.body.len(), layout.content_type), (0, None));
        }
        let header = layout(ItemsAt::Header("X-Ids"), &[]).unwrap();
        let (request, estimate) = make(&header, &texts);
        assert_eq!(request.headers["x-ids"], "a,c d,e");
        assert_eq!((request.body.len(), estimate, header.content_type), (0, 7, None));
        for items in [ItemsAt::Query("i", Csv), ItemsAt::Header("X-Ids")] {
            let layout = layout(items, &[("/org/name", json!("n"))]).unwrap();
            assert_eq!(make(&layout, &texts).0.body, r#"{"org":{"name":"n"}}"#);
            assert_eq!(layout.content_type, Some("application/json"));
        }
    }

    #[test]
    fn what_cannot_be_laid_out() {
        let field = |at| vec![(at, json!({ "b": 1 }))];
        for (items, fields) in [
            (ItemsAt::Body, field("/a")),
            (ItemsAt::Ndjson, field("/a")),
            (ItemsAt::Text("\n"), field("/a")),
            (ItemsAt::Groups(""), field("/a")),
            (ItemsAt::Map("/a"), field("/a/b")),
            (ItemsAt::Form("x", ListStyle::Csv), field("/a/b")),
            (ItemsAt::Form("x", ListStyle::Csv), field("/a")),
            (ItemsAt::Form("x", ListStyle::Numbered), vec![]),
            (ItemsAt::Header("x y"), vec![]),
            (ItemsAt::Codec, field("/0/a")),
        ] {
            assert!(layout(items, &fields).is_err(), "{items:?}");
        }
        for items in [ItemsAt::Groups("/g"), ItemsAt::Codec] {
            assert!(Layout::new(items, PlugIn::None, &[]).is_err());
        }
    }

    #[test]
    fn a_body_that_a_codec_makes_too_large_or_panics_over_is_no_request() {
        let layout = layout(ItemsAt::Codec, &[]).unwrap();
        let items = |text: &'static str| [text.as_bytes()];
        assert_eq!(layout.make(&url(), &items("a|"), 2), Err(NoRequest::TooLarge { bytes: 3, cap: 2 }));
        assert_eq!(layout.make(&url(), &items("panic|"), 100), Err(NoRequest::Panicked));
    }

    /// Reads the items of a request, as a server does.
    fn read(items: ItemsAt, request: &EncodedRequest) -> Vec<String> {
        let json = || -> Value { serde_json::from_slice(&request.body).unwrap() };
        let texts = |value: &Value| -> Vec<String> { serde_json::from_value(value.clone()).unwrap() };
        let pairs = |text: &[u8], style| -> Vec<String> {
            let values = url::form_urlencoded::parse(text).filter(|(name, _)| name.starts_with("it m"));
            let values: Vec<String> = values.map(|(_, value)| value.into_owned()).collect();
            match style {
                ListStyle::Csv => values[0].split(',').map(str::to_owned).collect(),
                ListStyle::Json => serde_json::from_str(&values[0]).unwrap(),
                ListStyle::Repeat | ListStyle::Numbered => values,
            }
        };
        match items {
            ItemsAt::Pointer(pointer) => texts(json().pointer(pointer).unwrap()),
            ItemsAt::Body => texts(&json()),
            ItemsAt::Ndjson => {
                let lines = request.body.split_inclusive(|byte| *byte == b'\n');
                lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
            }
            ItemsAt::Text(separator) => {
                String::from_utf8(request.body.to_vec()).unwrap().split(separator).map(str::to_owned).collect()
            }
            ItemsAt::Query(_, style) => pairs(request.url.query().unwrap().as_bytes(), style),
            ItemsAt::Form(_, style) => pairs(&request.body, style),
            ItemsAt::Header(name) => request.headers[name].to_str().unwrap().split(',').map(str::to_owned).collect(),
            ItemsAt::Map(pointer) => json()
                .pointer(pointer)
                .unwrap()
                .as_object()
                .unwrap()
                .values()
                .flat_map(|value| texts(&json!([value])))
                .collect(),
            ItemsAt::Groups(pointer) => {
                json().pointer(pointer).unwrap().as_object().unwrap().values().flat_map(texts).collect()
            }
            ItemsAt::Codec => {
                let text = String::from_utf8(request.body.to_vec()).unwrap();
                text.split_terminator('|').skip(1).map(str::to_owned).collect()
            }
        }
    }

    fn places() -> impl Strategy<Value = ItemsAt> {
        let pairs = prop_oneof![
            Just(("it m&", ListStyle::Csv)),
            Just(("it m&", ListStyle::Repeat)),
            Just(("it m&[{i}]", ListStyle::Numbered)),
            Just(("it m&.{n}.x&", ListStyle::Numbered)),
            Just(("it m&", ListStyle::Json)),
        ];
        prop_oneof![
            pointers().prop_map(|pointer| ItemsAt::Pointer(pointer.leak())),
            Just(ItemsAt::Body),
            Just(ItemsAt::Ndjson),
            prop_oneof![Just("\n"), Just(" a "), Just("aba")].prop_map(ItemsAt::Text),
            pairs.clone().prop_map(|(name, style)| ItemsAt::Query(name, style)),
            pairs.prop_map(|(name, style)| ItemsAt::Form(name, style)),
            Just(ItemsAt::Header("X-Ids")),
            pointers().prop_map(|pointer| ItemsAt::Map(pointer.leak())),
            pointers().prop_map(|pointer| ItemsAt::Groups(pointer.leak())),
            Just(ItemsAt::Codec),
        ]
    }

    /// JSON pointers with few names, so that they often overlap.
    fn pointers() -> impl Strategy<Value = String> {
        vec(prop_oneof!["a|b|ids|~0|~1|~01|0||\"|\\\\"], 0..4)
            .prop_map(|tokens| tokens.iter().map(|token: &String| format!("/{token}")).collect())
    }

    proptest! {
        /// At every place, a request has all encoded items and all fields at their places, or no request is built.
        #[test]
        fn nothing_is_lost_on_the_way_into_a_request(
            items in places(),
            fields in vec((pointers(), any::<String>()), 0..4),
            texts in vec(prop_oneof![any::<String>(), "[a-c]{0,3}"], 1..12),
        ) {
            let fields: Vec<BodyField> = fields.into_iter().map(|(at, value)| (&*at.leak(), json!(value))).collect();
            let Ok(layout) = layout(items, &fields) else { return Ok(()) };
            let mut encoder = Encoder::new(layout.spelling, RunId::default());
            // Two items with one key never share a request. A map relies on that.
            let texts: Vec<String> = if let ItemsAt::Map(_) = items {
                texts.into_iter().collect::<std::collections::BTreeSet<_>>().into_iter().collect()
            } else {
                texts
            };
            let (texts, encoded): (Vec<String>, Vec<Encoded>) = texts
                .into_iter()
                .filter_map(|text| encoder.encode(&text, 0).ok().map(|encoded| (text, encoded)))
                .unzip();
            if texts.is_empty() {
                return Ok(());
            }
            let encoded: Vec<&[u8]> = encoded.iter().map(AsRef::as_ref).collect();
            let Ok(request) = layout.make(&url(), &encoded, usize::MAX) else { return Ok(()) };
            let (mut read, mut texts) = (read(items, &request), texts);
            if matches!(items, ItemsAt::Groups(_) | ItemsAt::Map(_)) {
                read.sort();
                texts.sort();
            }
            prop_assert_eq!(read, texts);
            let estimate = layout.around(&url()).body(encoded.len(), encoded.iter().map(|item| item.len()).sum());
            let bytes = match items.part() {
                RequestPart::Query(..) => request.url.as_str().len(),
                RequestPart::Header(name) => request.headers[name].len(),
                RequestPart::Body => request.body.len(),
            };
            prop_assert!(bytes <= estimate, "{bytes} {estimate}");
            if let ItemsAt::Form(..) | ItemsAt::Text(_) | ItemsAt::Codec = items {
                return Ok(());
            }
            let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            for (at, value) in &fields {
                prop_assert_eq!(body.pointer(at), Some(value));
            }
        }
    }
}
