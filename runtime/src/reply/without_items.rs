//! A reply without its items: the fields of a response that belong to the whole request.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::{RawValue, Value};

use super::decode_error::DecodeError;
use super::json;
use super::response::RawResponse;
use super::shape::{BodyShape, ElementShape, FieldKind, FieldShape, KeySource, ReplyShape};
use crate::item::Decodes;

/// The maximum size of a body without its items, in bytes. A report keeps one for each request.
const MAX_BYTES: usize = 64 << 10;

impl RawResponse<'_> {
    /// Decodes the body without its items: `{"taskId": "7", "done": ["a"]}` as if it were `{"taskId": "7", "done": []}`.
    ///
    /// `shape` says which fields are lists of items, also inside nested replies. The decoded value has each of these lists, empty, even if
    /// the body lacks it. The derive implements [`BulkReply::without_items`](super::BulkReply::without_items) with this.
    ///
    /// # Errors
    ///
    /// An error if the rest of the body does not fit `R`, or is larger than 64 KiB.
    pub fn without_items<R: Decodes>(&self, shape: &ReplyShape) -> Result<R, DecodeError> {
        let body = if self.is_blank() && shape.reads_headers() { b"{}" } else { self.bytes() };
        json::read(&cut(body, shape)?).map_err(|error| DecodeError::new("", error))
    }
}

/// Returns a copy of a body in which each list of items is empty.
fn cut(body: &[u8], shape: &ReplyShape) -> Result<String, DecodeError> {
    let mut copy = String::new();
    let body = str::from_utf8(body).map_err(|error| DecodeError::new("", format_args!("not valid JSON: {error}")))?;
    cut_part(body, shape, &mut copy).map_err(|error| DecodeError::new("", error))?;
    Ok(copy)
}

/// Appends a reply without its items.
fn cut_part(json: &str, shape: &ReplyShape, copy: &mut String) -> Result<(), serde_json::Error> {
    match shape.body {
        // A part may be `null`: it says nothing.
        BodyShape::Object(fields) if json != "null" => {
            let mut json = serde_json::Deserializer::from_str(json);
            json.deserialize_map(CutFields { fields, copy })?;
            json.end()
        }
        BodyShape::List { element, .. } => push(empty(&element), copy),
        // Nothing in them is known to be a list.
        _ => push(json, copy),
    }
}

/// Appends the fields of an object without their items.
struct CutFields<'c> {
    fields: &'static [FieldShape],
    copy: &'c mut String,
}

impl<'de> Visitor<'de> for CutFields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let CutFields { fields, copy } = self;
        push("{", copy)?;
        let mut comma = "";
        // First the lists, all of them: a response that lacks one still has the fields beside it.
        for field in fields {
            if let FieldKind::List { element, .. } = field.kind
                && !element.is_range()
            {
                push(&format!("{comma}{}:{}", Value::from(field.name), empty(&element)), copy)?;
                comma = ",";
            }
        }
        while let Some((key, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            // `"id\ud83d"`: a name with a lone surrogate is no text, and equals no declared name.
            let name: Option<String> = serde_json::from_str(key.get()).ok();
            let is = |name: &str| fields.iter().find(|field| field.is_read_from(name));
            let kind = name.as_deref().and_then(is).map(|field| field.kind);
            // A range is one number, whatever the number of its items.
            if matches!(kind, Some(FieldKind::List { element, .. }) if !element.is_range()) {
                continue;
            }
            push(&format!("{comma}{}:", key.get()), copy)?;
            comma = ",";
            match kind {
                Some(FieldKind::Nested { reply, is_list }) => {
                    cut_nested(value, reply, is_list, copy).map_err(serde::de::Error::custom)?;
                }
                _ => push(value.get(), copy)?,
            }
        }
        push("}", copy)
    }
}

/// Appends a field that holds a reply, or a list of replies.
fn cut_nested(raw: &RawValue, shape: &ReplyShape, is_list: bool, copy: &mut String) -> Result<(), serde_json::Error> {
    if !is_list || raw.get() == "null" {
        return cut_part(raw.get(), shape, copy);
    }
    push("[", copy)?;
    for (index, part) in serde_json::from_str::<Vec<&RawValue>>(raw.get())?.into_iter().enumerate() {
        push(if index == 0 { "" } else { "," }, copy)?;
        cut_part(part.get(), shape, copy)?;
    }
    push("]", copy)
}

/// The JSON of a list without items.
fn empty(element: &ElementShape) -> &'static str {
    match element.key_source {
        _ if element.is_single => "null",
        KeySource::Member | KeySource::Code => "{}",
        _ => "[]",
    }
}

fn push<E: serde::de::Error>(json: &str, copy: &mut String) -> Result<(), E> {
    if copy.len() + json.len() > MAX_BYTES {
        return Err(E::custom(format_args!("expected at most {MAX_BYTES} bytes beside the items, found more")));
    }
    copy.push_str(json);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::shape::Role;
    use super::*;

    const PART: ReplyShape = ReplyShape::new(BodyShape::Object(&[
        FieldShape::new("done", FieldKind::List { role: Role::Succeeded, element: ElementShape::bare() }),
        FieldShape::new("errors", FieldKind::List { role: Role::Failed, element: ElementShape::member() })
            .aliases(&["failed"]),
    ]));

    const WHOLE: ReplyShape = ReplyShape::new(BodyShape::Object(&[
        FieldShape::new("task", FieldKind::Plain).required(),
        FieldShape::new("result", FieldKind::Nested { reply: &PART, is_list: false }),
        FieldShape::new("parts", FieldKind::Nested { reply: &PART, is_list: true }),
        FieldShape::new("rest", FieldKind::List { role: Role::Unprocessed, element: ElementShape::bare() }),
    ]));

    const RANGE: ReplyShape = ReplyShape::new(BodyShape::Object(&[FieldShape::new(
        "from",
        FieldKind::List { role: Role::Failed, element: ElementShape::range(KeySource::From(0)).single() },
    )]));

    const BARE: ReplyShape = ReplyShape::new(BodyShape::List { role: Role::Succeeded, element: ElementShape::bare() });

    #[test]
    fn each_list_of_items_is_there_and_empty() {
        for (shape, body, want) in [
            (&PART, r#"{"done": ["a", "b"], "n": 1}"#, r#"{"done":[],"errors":{},"n":1}"#),
            (&PART, r#"{"failed": {"a": 1}, "done": null}"#, r#"{"done":[],"errors":{}}"#),
            (&PART, r#"{"n": [1], "done": [], "n": [2]}"#, r#"{"done":[],"errors":{},"n":[1],"n":[2]}"#),
            (&PART, r#"{"d\u006fne": ["a"], "d\ud83d": 1}"#, r#"{"done":[],"errors":{},"d\ud83d":1}"#),
            (&WHOLE, "{}", r#"{"rest":[]}"#),
            (
                &WHOLE,
                r#"{"task": {"done": ["a"]}, "result": {"done": ["a"], "n": 1}, "rest": ["b"]}"#,
                r#"{"rest":[],"task":{"done": ["a"]},"result":{"done":[],"errors":{},"n":1}}"#,
            ),
            (
                &WHOLE,
                r#"{"result": null, "parts": [{"done": ["a"]}, null, {"n": 2}]}"#,
                r#"{"rest":[],"result":null,"parts":[{"done":[],"errors":{}},null,{"done":[],"errors":{},"n":2}]}"#,
            ),
            (&RANGE, r#"{"n": 1, "from": 7}"#, r#"{"n":1,"from":7}"#),
            (&BARE, r#"["a"]"#, "[]"),
        ] {
            assert_eq!(cut(body.as_bytes(), shape).unwrap(), want, "{body}");
        }
    }

    #[test]
    fn what_is_no_object_or_too_large_is_refused() {
        let long = format!(r#"{{"done": ["{0}"], "text": "{0}"}}"#, "x".repeat(MAX_BYTES));
        let many = format!(r#"{{"done": ["{}"], "text": "x"}}"#, "x".repeat(MAX_BYTES));
        assert_eq!(cut(many.as_bytes(), &PART).unwrap(), r#"{"done":[],"errors":{},"text":"x"}"#);
        for (body, why) in [
            (long.as_str(), "expected at most 65536 bytes"),
            ("", "EOF"),
            ("[]", "expected an object"),
            (r#"{"done": ["a"]"#, "EOF"),
            ("{} {}", "trailing"),
            (r#"{"parts": {"done": []}}"#, ""),
        ] {
            let shape = if body.contains("parts") { &WHOLE } else { &PART };
            let error = cut(body.as_bytes(), shape).unwrap_err();
            assert!(error.reason.contains(why), "{error}");
        }
    }
}
