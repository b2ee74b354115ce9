//! Items that are nothing but a text, as most ids are: their JSON is the text in quotes, which needs no JSON serializer.

use std::fmt;

use serde::Serialize;
use serde::ser::{self, Impossible, Serializer};

use super::encoded::Encoded;

/// Returns the JSON of an item that is a short text without a character that JSON escapes; `None` for any other item.
pub(super) fn encode(item: &impl Serialize) -> Option<Encoded> {
    item.serialize(PlainText).ok()
}

/// Returns whether JSON escapes none of these bytes.
fn is_plain(text: &[u8]) -> bool {
    // Without an early end, so that the compiler looks at many bytes at once: at 16, the last of which may be looked at twice.
    let escapes =
        |bytes: &[u8]| bytes.iter().fold(false, |any, byte| any | (*byte < b' ') | (*byte == b'"') | (*byte == b'\\'));
    match text.last_chunk::<16>() {
        Some(last) => !text.as_chunks::<16>().0.iter().chain([last]).any(|chunk| escapes(chunk)),
        None => !escapes(text),
    }
}

/// A serializer of texts alone. It gives up at the first thing that is none.
struct PlainText;

#[derive(Debug)]
struct Other;

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a plain text")
    }
}

impl std::error::Error for Other {}

impl ser::Error for Other {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Other
    }
}

macro_rules! other {
    ($($method:ident$(<$t:ident>)?($($ty:ty),*) -> $ok:ty;)*) => {$(
        fn $method$(<$t: Serialize + ?Sized>)?(self, $(_: $ty),*) -> Result<$ok, Other> {
            Err(Other)
        }
    )*};
}

type No = Impossible<Encoded, Other>;

impl Serializer for PlainText {
    type Ok = Encoded;
    type Error = Other;
    type SerializeSeq = No;
    type SerializeTuple = No;
    type SerializeTupleStruct = No;
    type SerializeTupleVariant = No;
    type SerializeMap = No;
    type SerializeStruct = No;
    type SerializeStructVariant = No;

    fn serialize_str(self, text: &str) -> Result<Encoded, Other> {
        let text = text.as_bytes();
        if is_plain(text) { Encoded::quoted(text).ok_or(Other) } else { Err(Other) }
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Encoded, Other> {
        value.serialize(self)
    }

    other! {
        serialize_bool(bool) -> Encoded;
        serialize_i8(i8) -> Encoded;
        serialize_i16(i16) -> Encoded;
        serialize_i32(i32) -> Encoded;
        serialize_i64(i64) -> Encoded;
        serialize_u8(u8) -> Encoded;
        serialize_u16(u16) -> Encoded;
        serialize_u32(u32) -> Encoded;
        serialize_u64(u64) -> Encoded;
        serialize_f32(f32) -> Encoded;
        serialize_f64(f64) -> Encoded;
        serialize_char(char) -> Encoded;
        serialize_bytes(&[u8]) -> Encoded;
        serialize_none() -> Encoded;
        serialize_some<T>(&T) -> Encoded;
        serialize_unit() -> Encoded;
        serialize_unit_struct(&'static str) -> Encoded;
        serialize_unit_variant(&'static str, u32, &'static str) -> Encoded;
        serialize_newtype_variant<T>(&'static str, u32, &'static str, &T) -> Encoded;
        serialize_seq(Option<usize>) -> No;
        serialize_tuple(usize) -> No;
        serialize_tuple_struct(&'static str, usize) -> No;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> No;
        serialize_map(Option<usize>) -> No;
        serialize_struct(&'static str, usize) -> No;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> No;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Serialize)]
    struct Id<'a>(&'a str);

    proptest! {
        #[test]
        fn the_json_of_a_text_is_that_of_serde_json(text in "(?s)[\\PC\u{0}-\u{ff}\"\\\\]{0,50}") {
            let json = serde_json::to_vec(&text).unwrap();
            let is_short = json.len() == text.len() + 2 && json.len() <= 46;
            let encoded = encode(&Id(&text));
            prop_assert_eq!(encoded.is_some(), is_short, "{:?}", text);
            prop_assert!(encoded.is_none_or(|encoded| *encoded == json));
        }
    }

    #[test]
    fn nothing_but_a_text_is_one() {
        #[derive(Serialize)]
        enum Kind {
            Unit,
            Newtype(&'static str),
        }
        let nested = (vec!["a"], [("a", "b")], Some("a"), 'a', 7, Kind::Unit, Kind::Newtype("a"));
        let texts = [
            encode(&nested.0),
            encode(&nested.1),
            encode(&nested.2),
            encode(&nested.3),
            encode(&nested.4),
            encode(&nested.5),
            encode(&nested.6),
        ];
        assert!(texts.iter().all(Option::is_none));
    }
}
