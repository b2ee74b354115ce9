//! The frame of a JSON body: the text before and after the items, with the other fields at their JSON pointers.

use serde_json::{Map, Value};

/// A body field other than the items: JSON pointer and value.
pub(crate) type BodyField = (&'static str, Value);

/// The pointer step `0`: the only element of an array, which is created on the way.
const FIRST: &str = "0";

/// Builds the value with all fields; `null` if there are none.
pub(crate) fn gather(fields: &[BodyField]) -> Result<Value, String> {
    let mut body = Value::Null;
    for (index, (at, value)) in fields.iter().enumerate() {
        if let Some((other, _)) = fields[..index].iter().find(|(other, _)| overlaps(at, other)) {
            return Err(format!("the body fields {other} and {at} have the same place: move one"));
        }
        *make_way(&mut body, at)? = value.clone();
    }
    Ok(body)
}

/// Returns the text before and after the items at `pointer`, including `brackets` around the items and the fields beside them.
pub(super) fn around(fields: &[BodyField], pointer: &str, brackets: [&str; 2]) -> Result<[Vec<u8>; 2], String> {
    if let Some((at, _)) = fields.iter().find(|(at, _)| overlaps(at, pointer)) {
        return Err(match pointer {
            "" => format!("the body is the items, without room for the field {at}: remove the field or move the items"),
            _ => format!("the body field {at} has the same place as the items ({pointer}): move one"),
        });
    }
    let mut body = gather(fields)?;
    make_way(&mut body, pointer)?;
    let mut frame = Frame::default();
    frame.write(&body, &steps(pointer).collect::<Vec<_>>(), brackets);
    Ok([frame.head, frame.tail])
}

/// Returns the steps of a JSON pointer, unescaped (RFC 6901, section 4).
fn steps(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

/// Returns whether one place is the other, or is inside it.
fn overlaps(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within(one, other) || within(other, one)
}

/// Returns the place at a pointer, and creates the objects, and the arrays of one element, on the way to it.
fn make_way<'v>(body: &'v mut Value, pointer: &str) -> Result<&'v mut Value, String> {
    let mut place = body;
    for step in steps(pointer) {
        if place.is_null() {
            *place = if step == FIRST { Value::Array(vec![Value::Null]) } else { Value::Object(Map::new()) };
        }
        place = match place {
            Value::Array(list) if step == FIRST => list.first_mut(),
            Value::Object(fields) if step != FIRST => Some(fields.entry(step).or_insert(Value::Null)),
            _ => None,
        }
        .ok_or_else(|| format!("{pointer} needs an object or an array where another body field has something else"))?;
    }
    Ok(place)
}

/// The text before and after the items.
#[derive(Default)]
struct Frame {
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Frame {
    /// Writes `value`, with the items at `path` inside it.
    fn write(&mut self, value: &Value, path: &[String], brackets: [&str; 2]) {
        let Some((step, rest)) = path.split_first() else {
            return self.enter(brackets);
        };
        match value {
            Value::Array(list) => {
                self.enter(["[", "]"]);
                self.write(list.first().unwrap_or(&Value::Null), rest, brackets);
            }
            value => {
                self.enter(["{", "}"]);
                for (name, field) in value.as_object().into_iter().flatten().filter(|(name, _)| *name != step) {
                    self.name(name);
                    self.head.extend_from_slice(field.to_string().as_bytes());
                    self.head.push(b',');
                }
                self.name(step);
                self.write(&value[step], rest, brackets);
            }
        }
    }

    fn enter(&mut self, [open, close]: [&str; 2]) {
        self.head.extend_from_slice(open.as_bytes());
        self.tail.splice(0..0, close.bytes());
    }

    fn name(&mut self, name: &str) {
        self.head.extend_from_slice(Value::from(name).to_string().as_bytes());
        self.head.push(b':');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_around_the_items() {
        for (fields, pointer, want) in [
            (vec![], "/ids", r#"{"ids":[*]}"#),
            (vec![], "", "[*]"),
            (vec![], "/a/b", r#"{"a":{"b":[*]}}"#),
            (vec![], "/a~1b", r#"{"a/b":[*]}"#),
            (vec![("/all", json!(false))], "/ids", r#"{"all":false,"ids":[*]}"#),
            (vec![("/a/n", json!(1)), ("/z", json!("q"))], "/a/ids", r#"{"z":"q","a":{"n":1,"ids":[*]}}"#),
            (vec![("/key", json!("k"))], "/batches/0/objects", r#"{"key":"k","batches":[{"objects":[*]}]}"#),
            (
                vec![("/logs/0/scope/0/name", json!("n")), ("/logs/0/resource", json!({}))],
                "/logs/0/scope/0/records",
                r#"{"logs":[{"resource":{},"scope":[{"name":"n","records":[*]}]}]}"#,
            ),
            (vec![], "/0/0", "[[[*]]]"),
        ] {
            let [head, tail] = around(&fields, pointer, ["[", "]"]).unwrap();
            assert_eq!(String::from_utf8([head.as_slice(), b"*", tail.as_slice()].concat()).unwrap(), want);
        }
        assert_eq!(gather(&[("/a/0/b", json!(1)), ("/c", json!([2]))]).unwrap(), json!({"a": [{"b": 1}], "c": [2]}));
        assert_eq!(gather(&[]).unwrap(), Value::Null);
    }

    #[test]
    fn a_place_is_taken_once() {
        for (items, field) in [
            ("/ids", "/ids"),
            ("/a/ids", "/a"),
            ("/ids", "/ids/0"),
            ("", "/x"),
            ("/a/0/ids", "/a/x"),
            ("/a/x", "/a/0/ids"),
            ("/0/x", "/x"),
        ] {
            assert!(around(&[(field, json!(1))], items, ["[", "]"]).is_err(), "{items} {field}");
        }
        let two = |one, other| gather(&[(one, json!({"c": 1})), (other, json!(2))]);
        for (one, other) in [("/a", "/a/b"), ("/a/b", "/a"), ("/a", "/a"), ("/a/0", "/a/b")] {
            assert!(two(one, other).is_err(), "{one} {other}");
        }
        assert!(two("/a", "/ab").is_ok());
    }
}
