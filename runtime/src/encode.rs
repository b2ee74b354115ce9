//! Items into body bytes: each item is encoded once, a body is the frame around some of them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::{BufMut, Bytes, BytesMut};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::spec::ItemsAt;

/// What stands before and after the items in every body of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct BodyFrame {
    head: Bytes,
    tail: Bytes,
}

impl BodyFrame {
    /// The frame of a JSON body with these further fields.
    pub(crate) fn new(items: ItemsAt, fields: &[(&'static str, Value)]) -> Result<Self, String> {
        let pointer = match items {
            ItemsAt::Pointer(pointer) => pointer,
            ItemsAt::Body if fields.is_empty() => "",
            ItemsAt::Body => {
                return Err("the body is the list of items itself: it has no room for further fields".into());
            }
        };
        let mut body = Value::Object(Map::new());
        for (at, value) in fields {
            if at == &pointer || pointer.starts_with(&format!("{at}/")) {
                return Err(format!("the body field {at} stands where the items belong ({pointer})"));
            }
            put(&mut body, at, value.clone())?;
        }
        let tokens: Vec<String> = pointer.split('/').skip(1).map(unescape).collect();
        let mut frame = Frame::default();
        frame.write(Some(&body), &tokens);
        Ok(BodyFrame { head: frame.head.into(), tail: frame.tail.into() })
    }

    /// The bytes of a body beside its items.
    pub(crate) fn len(&self) -> usize {
        self.head.len() + self.tail.len()
    }

    /// The body with these encoded items.
    pub(crate) fn body<'a>(&self, items: impl Iterator<Item = &'a Bytes> + Clone) -> Bytes {
        let size: usize = items.clone().map(|item| item.len() + 1).sum();
        let mut body = BytesMut::with_capacity(self.len() + size);
        body.put_slice(&self.head);
        for (index, item) in items.enumerate() {
            if index > 0 {
                body.put_u8(b',');
            }
            body.put_slice(item);
        }
        body.put_slice(&self.tail);
        body.freeze()
    }
}

/// One token of a JSON pointer, unescaped (RFC 6901, section 4).
fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// Puts a value at a JSON pointer, making the objects on the way.
fn put(body: &mut Value, pointer: &str, value: Value) -> Result<(), String> {
    let mut place = body;
    for token in pointer.split('/').skip(1).map(unescape) {
        let Value::Object(map) = place else {
            return Err(format!("the body field {pointer} stands inside a field that is no object"));
        };
        place = map.entry(token).or_insert_with(|| Value::Object(Map::new()));
    }
    *place = value;
    Ok(())
}

/// A frame being written: what comes before the items, then what comes after.
#[derive(Default)]
struct Frame {
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Frame {
    /// Writes `value`, with the items at `path` below it.
    fn write(&mut self, value: Option<&Value>, path: &[String]) {
        let Some((token, rest)) = path.split_first() else {
            self.head.push(b'[');
            self.tail.splice(0..0, *b"]");
            return;
        };
        self.head.push(b'{');
        let empty = Map::new();
        let fields = value.and_then(Value::as_object).unwrap_or(&empty);
        for (name, field) in fields.iter().filter(|(name, _)| *name != token) {
            self.head.extend_from_slice(Value::from(name.as_str()).to_string().as_bytes());
            self.head.push(b':');
            self.head.extend_from_slice(field.to_string().as_bytes());
            self.head.push(b',');
        }
        self.head.extend_from_slice(Value::from(token.as_str()).to_string().as_bytes());
        self.head.push(b':');
        self.tail.splice(0..0, *b"}");
        self.write(fields.get(token), rest);
    }
}

/// Encodes items one after the other into shared chunks, so that an item costs no allocation of its own.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    chunk: BytesMut,
}

/// The size of a chunk. One is freed when all its items are settled.
const CHUNK: usize = 8 * 1024;

impl Encoder {
    /// The item's encoding. A panic in its `Serialize` is an error like another.
    pub(crate) fn encode<T: Serialize>(&mut self, item: &T) -> Result<Bytes, String> {
        if self.chunk.capacity() < 256 {
            self.chunk = BytesMut::with_capacity(CHUNK);
        }
        self.chunk.clear();
        let mut writer = (&mut self.chunk).writer();
        let encoded = catch_unwind(AssertUnwindSafe(|| serde_json::to_writer(&mut writer, item)));
        match encoded {
            Ok(Ok(())) => Ok(self.chunk.split().freeze()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("its `Serialize` panicked".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(items: ItemsAt, fields: &[(&'static str, Value)], ids: &[&str]) -> String {
        let mut encoder = Encoder::default();
        let encoded: Vec<Bytes> = ids.iter().map(|id| encoder.encode(id).unwrap()).collect();
        let body = BodyFrame::new(items, fields).unwrap().body(encoded.iter());
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[test]
    fn bodies() {
        for (items, fields, ids, want) in [
            (ItemsAt::Pointer("/ids"), vec![], vec!["a"], r#"{"ids":["a"]}"#),
            (ItemsAt::Pointer("/ids"), vec![], vec!["a", "b\""], r#"{"ids":["a","b\""]}"#),
            (ItemsAt::Body, vec![], vec!["a", "b"], r#"["a","b"]"#),
            (ItemsAt::Pointer("/a/b"), vec![], vec!["x"], r#"{"a":{"b":["x"]}}"#),
            (ItemsAt::Pointer("/a~1b"), vec![], vec!["x"], r#"{"a/b":["x"]}"#),
            (ItemsAt::Pointer("/ids"), vec![("/all", json!(false))], vec!["x"], r#"{"all":false,"ids":["x"]}"#),
            (
                ItemsAt::Pointer("/a/ids"),
                vec![("/a/n", json!(1)), ("/z", json!("q"))],
                vec!["x"],
                r#"{"z":"q","a":{"n":1,"ids":["x"]}}"#,
            ),
        ] {
            assert_eq!(body(items, &fields, &ids), want);
        }
    }

    #[test]
    fn a_field_in_the_items_place_is_refused() {
        for (items, field) in
            [(ItemsAt::Pointer("/ids"), "/ids"), (ItemsAt::Pointer("/a/ids"), "/a"), (ItemsAt::Body, "/x")]
        {
            assert!(BodyFrame::new(items, &[(field, json!(1))]).is_err(), "{field}");
        }
        assert!(BodyFrame::new(ItemsAt::Pointer("/ids"), &[("/a", json!(1)), ("/a/b", json!(1))]).is_err());
    }

    #[test]
    fn a_panic_in_an_encoder_is_an_error() {
        struct Panics;
        impl Serialize for Panics {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                panic!("no")
            }
        }
        let mut encoder = Encoder::default();
        assert!(encoder.encode(&Panics).is_err());
        assert_eq!(encoder.encode(&"next").unwrap(), "\"next\"");
    }
}
