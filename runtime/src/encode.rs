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
        for (index, (at, value)) in fields.iter().enumerate() {
            if overlaps(at, pointer) {
                return Err(format!("the body field {at} stands where the items belong ({pointer})"));
            }
            if let Some((other, _)) = fields[..index].iter().find(|(other, _)| overlaps(at, other)) {
                return Err(format!("the body fields {other} and {at} stand in the same place"));
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

/// Whether one of two places is the other, or within it.
fn overlaps(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within(one, other) || within(other, one)
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
    use proptest::collection::vec;
    use proptest::prelude::*;
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
        for (items, field) in [
            (ItemsAt::Pointer("/ids"), "/ids"),
            (ItemsAt::Pointer("/a/ids"), "/a"),
            (ItemsAt::Pointer("/ids"), "/ids/0"),
            (ItemsAt::Body, "/x"),
            (ItemsAt::Pointer(""), "/x"),
        ] {
            assert!(BodyFrame::new(items, &[(field, json!(1))]).is_err(), "{field}");
        }
    }

    #[test]
    fn two_fields_in_one_place_are_refused() {
        let frame = |one, other| BodyFrame::new(ItemsAt::Pointer("/ids"), &[(one, json!({"c": 1})), (other, json!(2))]);
        for (one, other) in [("/a", "/a/b"), ("/a/b", "/a"), ("/a", "/a")] {
            assert!(frame(one, other).is_err(), "{one} {other}");
        }
        assert!(frame("/a", "/ab").is_ok());
    }

    proptest! {
        /// Whatever the places: a body with all its items and fields where they belong, or none.
        #[test]
        fn nothing_is_lost_on_the_way_into_a_body(
            place in pointers(),
            fields in vec((pointers(), any::<String>()), 0..4),
            items in vec(any::<String>(), 1..4),
        ) {
            let place: &'static str = place.leak();
            let values: Vec<(&'static str, Value)> =
                fields.into_iter().map(|(at, value)| (&*at.leak(), json!(value))).collect();
            if let Ok(frame) = BodyFrame::new(ItemsAt::Pointer(place), &values) {
                let mut encoder = Encoder::default();
                let encoded: Vec<Bytes> = items.iter().map(|item| encoder.encode(item).unwrap()).collect();
                let body = frame.body(encoded.iter());
                prop_assert!(body.len() <= frame.len() + encoded.iter().map(|item| item.len() + 1).sum::<usize>());
                let body: Value = serde_json::from_slice(&body).unwrap();
                prop_assert_eq!(body.pointer(place), Some(&json!(items)));
                for (at, value) in &values {
                    prop_assert_eq!(body.pointer(at), Some(value));
                }
            }
        }
    }

    /// JSON pointers with few names, so that they meet often.
    fn pointers() -> impl Strategy<Value = String> {
        vec(prop_oneof!["a|b|ids|~0|~1|~01|0||\"|\\\\"], 0..4)
            .prop_map(|tokens| tokens.iter().map(|token: &String| format!("/{token}")).collect())
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
