//! The encoding of one item, as it appears in a request: encoded once, sent in every attempt.

use std::borrow::Cow;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::{BufMut, BytesMut};
use serde_json::value::RawValue;

use super::codec::ErasedCodec;
use super::encoded::Encoded;
use super::escape::escape;
use super::finite::write_json;
use super::plain_text;
use crate::item::{AssignedId, BulkItem, RunId, assigning};
use crate::journal::Origin;

pub(crate) use crate::item::GroupFn;

/// The format of an encoded item.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ItemEncoding {
    /// JSON: `{"id":1}`.
    Json,
    /// One or more lines of JSON, each with a line break.
    Ndjson,
    /// A member of an object, named by its key: `"key":value`.
    Keyed,
    /// The array of its group: `"group":[value]`.
    Grouped(GroupFn),
    /// Text: the content of a string, the digits of a number.
    Text {
        /// Whether it is part of a comma-separated list.
        listed: bool,
        /// Whether it is percent-encoded, for a URL or a form; a header takes plain text.
        escaped: bool,
    },
    /// Percent-encoded JSON, for a URL or a form.
    EscapedJson,
    /// The content of a string, and the JSON of any other value. This text is between the items.
    Delimited(&'static str),
    Codec(ErasedCodec),
}

/// Encodes items. A long one is written into a chunk that it shares with others, so that no item needs an allocation of its own.
#[derive(Debug)]
pub(crate) struct Encoder {
    spelling: ItemEncoding,
    /// The run whose ids the items get.
    run: RunId,
    chunk: BytesMut,
    /// The JSON of the item, if the request carries another form of it.
    scratch: Vec<u8>,
    /// Whether an item had an id that the run assigns.
    assigns: bool,
    /// The ids of items that another run assigned, by their index here.
    of_others: HashMap<usize, AssignedId>,
}

/// The size of a chunk in bytes. A chunk is freed when all its items are settled.
const CHUNK: usize = 8 * 1024;

impl Encoder {
    pub(crate) fn new(spelling: ItemEncoding, run: RunId) -> Self {
        Encoder {
            spelling,
            run,
            chunk: BytesMut::new(),
            scratch: Vec::new(),
            assigns: false,
            of_others: HashMap::new(),
        }
    }

    /// Returns the id that the item at this index was sent with; without a value if the run assigns none.
    pub(crate) fn assigned(&self, index: usize) -> AssignedId {
        match self.assigns {
            true => self.of_others.get(&index).copied().unwrap_or_else(|| self.run.assign(index)),
            false => AssignedId::new(),
        }
    }

    /// An item is settled.
    pub(crate) fn forget(&mut self, index: usize) {
        if !self.of_others.is_empty() {
            self.of_others.remove(&index);
        }
    }

    /// Returns whether an item had an id that the run assigns.
    pub(crate) fn assigns(&self) -> bool {
        self.assigns
    }

    /// Encodes an item; `index` is its index in the input. A panic of the item's `Serialize` is an error too.
    pub(crate) fn encode<T: BulkItem>(&mut self, item: &T, index: usize) -> Result<Encoded, String> {
        let run = self.run;
        self.encode_with(item, || run.assign(index)).map(|(encoded, _)| encoded)
    }

    /// The same for an item that may have had an id in another run already: it keeps it.
    #[inline]
    pub(crate) fn encode_from<T: BulkItem>(
        &mut self,
        item: &T,
        index: usize,
        origin: Option<Origin>,
    ) -> Result<Encoded, String> {
        let Some(origin) = origin else { return self.encode(item, index) };
        let id = RunId::new(origin.run).assign(origin.item as usize);
        let (encoded, has_id) = self.encode_with(item, || id)?;
        if has_id {
            self.of_others.insert(index, id);
        }
        Ok(encoded)
    }

    /// Encodes an item with this id. Returns also whether it has one.
    #[inline]
    fn encode_with<T: BulkItem>(
        &mut self,
        item: &T,
        id: impl FnOnce() -> AssignedId,
    ) -> Result<(Encoded, bool), String> {
        let encoding = AssertUnwindSafe(|| match T::HAS_ASSIGNED_ID {
            true => assigning(id(), || self.write_new(item)),
            false => (self.write_new(item), false),
        });
        match catch_unwind(encoding) {
            Ok((encoded, assigned)) => {
                self.assigns |= assigned;
                encoded.map(|encoded| (encoded, assigned))
            }
            Err(_) => Err("the encoder of the item panicked".into()),
        }
    }

    fn write_new<T: BulkItem>(&mut self, item: &T) -> Result<Encoded, String> {
        if let (true, ItemEncoding::Json) = (T::OWN_KEY, self.spelling)
            && let Some(encoded) = plain_text::encode(item)
        {
            return Ok(encoded);
        }
        if self.chunk.capacity() < 256 {
            self.chunk = BytesMut::with_capacity(CHUNK);
        }
        self.chunk.clear();
        self.scratch.clear();
        self.write(item)?;
        Ok(Encoded::take(&mut self.chunk))
    }

    fn write<T: BulkItem>(&mut self, item: &T) -> Result<(), String> {
        let Encoder { spelling, chunk, scratch, .. } = self;
        match spelling {
            ItemEncoding::Json => return write_json((&mut *chunk).writer(), item),
            ItemEncoding::Codec(codec) => {
                (codec.item)(item, scratch).map_err(|error| error.to_string())?;
                chunk.put_slice(scratch);
                return Ok(());
            }
            _ => write_json(&mut *scratch, item)?,
        }
        match spelling {
            ItemEncoding::Ndjson => write_lines(chunk, scratch)?,
            ItemEncoding::Keyed => {
                write_name(chunk, item)?;
                chunk.put_slice(scratch);
            }
            ItemEncoding::Grouped(group) => {
                write_json(chunk.writer(), &group(item))?;
                for part in [b":[", scratch.as_slice(), b"]"] {
                    chunk.put_slice(part);
                }
            }
            ItemEncoding::Text { listed, escaped } => {
                let text = text_of(scratch, *listed)?;
                match escaped {
                    true => escape(chunk, text.as_bytes()),
                    false => chunk.put_slice(as_header(&text)?.as_bytes()),
                }
            }
            ItemEncoding::EscapedJson => escape(chunk, scratch),
            ItemEncoding::Delimited(separator) => write_delimited(chunk, scratch, separator)?,
            ItemEncoding::Json | ItemEncoding::Codec(_) => {}
        }
        Ok(())
    }
}

/// Splits an item of [`ItemEncoding::Grouped`] into the JSON of its group's name and its own JSON: `"group":[value]`.
pub(super) fn ungroup(encoded: &[u8]) -> (&[u8], &[u8]) {
    let mut escaped = false;
    let name_ends = encoded.iter().skip(1).position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    // `"name":[item]`
    let (name, rest) = encoded.split_at(name_ends.map_or(0, |at| at + 2));
    (name, rest.get(2..rest.len().max(3) - 1).unwrap_or_default())
}

/// Writes the lines of an item: one line for each element of an array, none for a `null` element; one line for any other JSON.
fn write_lines(out: &mut BytesMut, json: &[u8]) -> Result<(), String> {
    let mut line = |json: &[u8]| {
        // Inside a string JSON escapes line breaks. Outside of strings, where a `RawValue` may have some, they are white space.
        out.extend(json.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
        out.put_u8(b'\n');
    };
    if json.first() != Some(&b'[') {
        line(json);
        return Ok(());
    }
    let elements: Vec<&RawValue> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let lines = elements.iter().map(|element| element.get()).filter(|element| *element != "null");
    lines.for_each(|element| line(element.as_bytes()));
    if out.is_empty() {
        return Err("expected at least one element that is not `null` in an NDJSON item".into());
    }
    Ok(())
}

/// Writes an item of a body of items one after another, if a reader finds its end again.
fn write_delimited(out: &mut BytesMut, json: &[u8], separator: &str) -> Result<(), String> {
    if let Some(b'{' | b'[') = json.first() {
        // JSON shows where it ends. But a reader of lines splits at every line break, and a `RawValue` may have some between its tokens.
        let lines = separator.contains(['\n', '\r']);
        out.extend(json.iter().map(|byte| if lines && matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
        return Ok(());
    }
    let text = text_of(json, false)?;
    if text.trim().is_empty() {
        return Err(format!("expected text that is not blank, found {text:?}"));
    }
    // `a-` before `--` would be read as `a` and `-`.
    if [&text, separator].concat().find(separator).is_some_and(|at| at < text.len()) && !separator.is_empty() {
        return Err(format!("{text:?} contains {separator:?}, which separates the items"));
    }
    if separator.is_empty() && json.first() != Some(&b'"') {
        return Err(format!(
            "expected a string or an object, found `{text}`: it would merge with its neighbor, as nothing separates the items"
        ));
    }
    out.put_slice(text.as_bytes());
    Ok(())
}

/// Writes the key as the name of a member: `"k":`. A number is quoted: `"5":`.
fn write_name<T: BulkItem>(out: &mut BytesMut, item: &T) -> Result<(), String> {
    let key = serde_json::to_string(item.key().as_ref()).map_err(|error| error.to_string())?;
    match key.as_bytes() {
        [b'"', ..] => out.put_slice(key.as_bytes()),
        [b'-' | b'0'..=b'9', ..] => [b"\"", key.as_bytes(), b"\""].into_iter().for_each(|part| out.put_slice(part)),
        _ => return Err(format!("expected a string or a number as the key of an item in a map, found {key}")),
    }
    out.put_u8(b':');
    Ok(())
}

/// Returns a scalar as text. Outside of a comma-separated list, an array or object is its JSON.
fn text_of(json: &[u8], listed: bool) -> Result<Cow<'_, str>, String> {
    let raw = || std::str::from_utf8(json).map_err(|error| error.to_string());
    let text = match json.first() {
        Some(b'"') => serde_json::from_slice(json).map(Cow::Owned).map_err(|error| error.to_string())?,
        Some(b'{' | b'[') if listed => {
            return Err("expected a scalar in a comma-separated list, found an array or object".into());
        }
        Some(b'n') => return Err("expected a string or a number, found `null`".into()),
        _ => Cow::Borrowed(raw()?),
    };
    if listed && text.contains(',') {
        return Err(format!("{text:?} contains a comma, which separates the items of this list"));
    }
    if listed && text.is_empty() {
        return Err("expected a text in a comma-separated list, found an empty one".into());
    }
    Ok(text)
}

/// Checks that a header carries the text unchanged.
fn as_header(text: &str) -> Result<&str, String> {
    let fits = text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && text.trim() == text;
    if fits { Ok(text) } else { Err(format!("expected visible ASCII characters in a header, found {text:?}")) }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    fn spell<T: BulkItem>(spelling: ItemEncoding, item: &T) -> Result<String, String> {
        Encoder::new(spelling, RunId::default())
            .encode(item, 7)
            .map(|encoded| String::from_utf8(encoded.to_vec()).unwrap())
    }

    /// An item whose encoding does not have its key.
    #[derive(Serialize)]
    struct Pair(#[serde(skip)] &'static str, serde_json::Value, serde_json::Value);

    impl BulkItem for Pair {
        type Key = String;
        fn key(&self) -> Cow<'_, String> {
            Cow::Owned(self.0.to_owned())
        }
    }

    /// An item that is its id.
    #[derive(Serialize)]
    struct Assigned(AssignedId);

    impl BulkItem for Assigned {
        type Key = ();
        const KEYED: bool = false;
        fn key(&self) -> Cow<'_, ()> {
            Cow::Owned(())
        }
    }

    #[test]
    fn an_item_of_another_run_keeps_the_id_that_it_has_there() {
        let (run, other) = (RunId::new(7 << 100), RunId::new(9 << 100));
        let mut encoder = Encoder::new(ItemEncoding::Json, run);
        let item = Assigned(AssignedId::new());
        let json = |id: AssignedId| serde_json::to_vec(&id).unwrap();
        assert_eq!(encoder.encode(&item, 0).unwrap().to_vec(), json(run.assign(0)));
        let origin = Origin { run: 9 << 100, item: 4 };
        assert_eq!(encoder.encode_from(&item, 1, Some(origin)).unwrap().to_vec(), json(other.assign(4)));
        assert_eq!([0, 1].map(|index| encoder.assigned(index)), [run.assign(0), other.assign(4)]);
        encoder.forget(1);
        assert!(encoder.of_others.is_empty());
        // Nothing is kept of an item without one.
        encoder.encode_from(&"a".to_owned(), 2, Some(origin)).unwrap();
        assert!(encoder.of_others.is_empty());
    }

    #[test]
    fn lines() {
        let pair =
            |one: &str, two: &str| Pair("", serde_json::from_str(one).unwrap(), serde_json::from_str(two).unwrap());
        assert_eq!(spell(ItemEncoding::Ndjson, &"a\nb".to_owned()).unwrap(), "\"a\\nb\"\n");
        assert_eq!(spell(ItemEncoding::Ndjson, &pair("{}", "[1]")).unwrap(), "{}\n[1]\n");
        assert_eq!(spell(ItemEncoding::Ndjson, &pair("{}", "null")).unwrap(), "{}\n");
        assert!(spell(ItemEncoding::Ndjson, &pair("null", "null")).unwrap_err().contains("at least one element"));
    }

    #[test]
    fn raw_json_makes_no_lines_of_its_own() {
        struct Raw(Box<RawValue>);
        impl Serialize for Raw {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }
        impl BulkItem for Raw {
            type Key = ();
            const KEYED: bool = false;
            fn key(&self) -> Cow<'_, ()> {
                Cow::Owned(())
            }
        }
        let raw = Raw(RawValue::from_string("{\n  \"a\": \"\\n\"\r\n}".into()).unwrap());
        assert_eq!(spell(ItemEncoding::Ndjson, &raw).unwrap(), "{   \"a\": \"\\n\"  }\n");
        assert_eq!(spell(ItemEncoding::Delimited("\r\n"), &raw).unwrap(), "{   \"a\": \"\\n\"  }");
        assert_eq!(spell(ItemEncoding::Delimited(""), &raw).unwrap(), "{\n  \"a\": \"\\n\"\r\n}");
    }

    #[test]
    fn texts() {
        let text = |listed, escaped| ItemEncoding::Text { listed, escaped };
        for (spelling, item, want) in [
            (text(true, true), "a b/ü", Some("a%20b%2F%C3%BC")),
            (text(true, true), "a,b", None),
            (text(true, true), "", None),
            (text(false, true), "a,b", Some("a%2Cb")),
            (text(false, true), "", Some("")),
            (text(true, false), "a b", Some("a b")),
            (text(true, false), " a", None),
            (text(true, false), "ü", None),
            (text(true, false), "a\r\nb", None),
            (ItemEncoding::EscapedJson, "a\"", Some("%22a%5C%22%22")),
        ] {
            assert_eq!(spell(spelling, &item.to_owned()).ok().as_deref(), want, "{spelling:?} {item}");
        }
        assert_eq!(spell(text(true, true), &u128::MAX).unwrap(), u128::MAX.to_string());
        assert_eq!(spell(text(true, false), &-1i8).unwrap(), "-1");
        let object = Pair("", 1.into(), 2.into());
        assert!(spell(text(true, true), &object).unwrap_err().contains("expected a scalar"));
        assert_eq!(spell(text(false, true), &object).unwrap(), "%5B1%2C2%5D");
    }

    #[test]
    fn delimited() {
        let object = |text: &str| Pair("", serde_json::from_str(text).unwrap(), 2.into());
        for (separator, item, want) in [
            ("\n", "m,t=a f=1 7", Some("m,t=a f=1 7")),
            ("\n", "a\nb", None),
            ("\n", " ", None),
            ("", "a\nb", Some("a\nb")),
            ("", "", None),
            ("--", "a-b", Some("a-b")),
            ("--", "-a", Some("-a")),
            ("--", "a-", None),
            ("--", "a--b", None),
        ] {
            let spelled = spell(ItemEncoding::Delimited(separator), &item.to_owned());
            assert_eq!(spelled.ok().as_deref(), want, "{separator:?} {item:?}");
        }
        assert_eq!(spell(ItemEncoding::Delimited(","), &object(r#""a\n""#)).unwrap(), r#"["a\n",2]"#);
        assert_eq!(spell(ItemEncoding::Delimited("\n"), &7u8).unwrap(), "7");
        assert!(spell(ItemEncoding::Delimited(""), &7u8).unwrap_err().contains("found `7`: it would merge"));
        assert!(spell(ItemEncoding::Delimited("7"), &7u8).is_err());
    }

    #[test]
    fn names() {
        let pair = |key| Pair(key, 1.into(), 2.into());
        assert_eq!(spell(ItemEncoding::Keyed, &pair("k\"")).unwrap(), r#""k\"":[1,2]"#);
        assert_eq!(spell(ItemEncoding::Keyed, &5u8).unwrap(), r#""5":5"#);
        let group: GroupFn = |item| item.downcast_ref::<Pair>().map_or("", |pair| pair.0).into();
        for name in ["T", "", "a\"", "\\", "\\\"", "a:[b"] {
            let spelled = spell(ItemEncoding::Grouped(group), &pair(name)).unwrap();
            let written = serde_json::to_string(name).unwrap();
            assert_eq!(spelled, format!("{written}:[[1,2]]"));
            assert_eq!(ungroup(spelled.as_bytes()), (written.as_bytes(), &b"[1,2]"[..]));
        }
    }

    #[test]
    fn a_panic_in_an_encoder_is_an_error() {
        struct Panics;
        impl Serialize for Panics {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                panic!("no")
            }
        }
        impl BulkItem for Panics {
            type Key = ();
            fn key(&self) -> Cow<'_, ()> {
                Cow::Owned(())
            }
        }
        let mut encoder = Encoder::new(ItemEncoding::Json, RunId::default());
        assert!(encoder.encode(&Panics, 0).is_err());
        assert_eq!(*encoder.encode(&"next".to_owned(), 1).unwrap(), *b"\"next\"");
    }

    #[test]
    fn null_is_no_text() {
        for listed in [false, true] {
            assert_eq!(text_of(b"null", listed).unwrap_err(), "expected a string or a number, found `null`");
            assert_eq!(text_of(b"7", listed).unwrap(), "7");
            assert_eq!(text_of(b"\"null\"", listed).unwrap(), "null");
            assert_eq!(text_of(b"true", listed).unwrap(), "true");
        }
        assert_eq!(text_of(b"[1]", false).unwrap(), "[1]");
        text_of(b"[1]", true).unwrap_err();
        text_of(b"\"\"", true).unwrap_err();
        assert_eq!(text_of(b"\"\"", false).unwrap(), "");
    }
}
