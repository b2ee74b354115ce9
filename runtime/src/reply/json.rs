//! JSON in spite of lone surrogates: `"caf\ud83d"` has half of a character, which no Rust string holds.
//!
//! A text is often cut in the middle of a character, so such an escape is read as U+FFFD, the replacement character. Bodies are searched
//! for them only when they fail to decode.

use serde::de::DeserializeOwned;

/// The escape of U+FFFD, the replacement character.
const REPLACEMENT: &str = r"\ufffd";

/// Another escape, for keys: see [`read_element`].
const OTHER_REPLACEMENT: &str = r"\ufffe";

/// Decodes JSON. A lone surrogate in a string is read as U+FFFD.
pub(crate) fn read<T: DeserializeOwned>(json: &str) -> Result<T, serde_json::Error> {
    let error = match serde_json::from_str(json) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    match replace_lone_surrogates(json, REPLACEMENT) {
        Some(repaired) => serde_json::from_str(&repaired),
        None => Err(error),
    }
}

/// Decodes JSON that has a key. If it has a lone surrogate, it is decoded twice, with two different characters in the place of each: a
/// key that differs between the two is damaged, and must not name an item. `"a\ud83d"` is not the key of the item `"a\ufffd"`.
pub(crate) fn read_element<T: DeserializeOwned>(json: &str) -> Result<(T, Option<T>), serde_json::Error> {
    // Plain matches: this is compiled for each type of an element, in the crate of its author.
    let error = match serde_json::from_str(json) {
        Ok(value) => return Ok((value, None)),
        Err(error) => error,
    };
    let other = replace_lone_surrogates(json, OTHER_REPLACEMENT);
    match (replace_lone_surrogates(json, REPLACEMENT), other) {
        (Some(repaired), Some(other)) => Ok((serde_json::from_str(&repaired)?, Some(serde_json::from_str(&other)?))),
        _ => Err(error),
    }
}

/// Returns a copy of a JSON text with `escape` for each escape of a lone surrogate; `None` if it has none.
fn replace_lone_surrogates(json: &str, escape: &str) -> Option<String> {
    let mut copy = String::new();
    let (mut copied, mut at) = (0, 0);
    // A backslash is only in strings, and is the start of an escape there. `\\ud83d` is the escape `\\` and a text.
    while let Some(found) = json[at..].find('\\') {
        at += found;
        let length = match (code_unit(json, at), code_unit(json, at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                copy.push_str(&json[copied..at]);
                copy.push_str(escape);
                copied = at + 6;
                6
            }
            // The next character belongs to the escape. It may be of several bytes where the text is no JSON.
            _ => 1 + json[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
        at += length;
    }
    copy.push_str(&json[copied..]);
    (copied > 0).then_some(copy)
}

/// Returns the UTF-16 code unit of the escape at `at`: `\ud83d` is 0xD83D.
fn code_unit(json: &str, at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}

/// Reads a text, such as the value of a header: as a JSON string, else as the JSON that it is, as `30`.
pub(crate) fn of_text<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::from(text)).or_else(|_| serde_json::from_str(text)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
    use serde_json::{Value, json};

    use super::*;

    /// Texts as UTF-16, often with lone surrogates, pairs, and what looks like an escape.
    fn units() -> impl Strategy<Value = Vec<u16>> {
        let piece = prop_oneof![
            2 => any::<char>().prop_map(|character| character.encode_utf16(&mut [0; 2]).to_vec()),
            3 => (0xD800..=0xDFFF_u16).prop_map(|surrogate| vec![surrogate]),
            2 => select(&["\\ud83d", "\\", "\"", "u", "d83d", "\\\\", "\u{fffd}", "\u{fffe}", "\0"][..])
                .prop_map(|text| text.encode_utf16().collect()),
        ];
        vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    /// The JSON of a text. A character that may be written as it is, is written as an escape or as it is.
    fn spell(units: &[u16], escapes: bool) -> String {
        let mut json = String::from("\"");
        for unit in units {
            match char::from_u32((*unit).into()) {
                Some('\\') if !escapes => json.push_str("\\\\"),
                Some(character) if !escapes && character >= ' ' && character != '"' => json.push(character),
                _ => json.push_str(&format!("\\u{unit:04x}")),
            }
        }
        json + "\""
    }

    proptest! {
        #[test]
        fn a_damaged_text_is_read_and_the_others_are_unchanged(
            texts in vec((units(), any::<bool>()), 0..5),
            number in any::<i64>(),
        ) {
            let spelled: Vec<String> = texts.iter().map(|(units, escapes)| spell(units, *escapes)).collect();
            let json = format!("{{\"texts\": [{}], \"number\": {number}}}", spelled.join(", "));
            let want: Vec<String> = texts.iter().map(|(units, _)| String::from_utf16_lossy(units)).collect();
            prop_assert_eq!(read::<Value>(&json).unwrap(), json!({ "texts": want, "number": number }), "{}", json);
            let damaged = texts.iter().any(|(units, _)| String::from_utf16(units).is_err());
            prop_assert_eq!(replace_lone_surrogates(&json, REPLACEMENT).is_some(), damaged, "{}", json);
            prop_assert_eq!(read_element::<Value>(&json).unwrap().1.is_some(), damaged, "{}", json);
        }

        #[test]
        fn a_damaged_key_differs_from_itself(before in units(), lone in 0xD800..=0xDFFF_u16) {
            let units = [before, vec![lone, u16::from(b' ')]].concat();
            let (one, other) = read_element::<String>(&spell(&units, true)).unwrap();
            // A low surrogate may complete the text before it.
            if String::from_utf16(&units).is_err() {
                prop_assert_ne!(Some(one), other);
            } else {
                prop_assert_eq!(other, None);
            }
        }

        #[test]
        fn any_text_is_searched(text in ".{0,40}", escapes in "(\\\\|u|d|8|3|[0-9a-f]|é|\"){0,30}") {
            for json in [text, escapes] {
                let repaired = replace_lone_surrogates(&json, REPLACEMENT);
                prop_assert!(repaired.is_none_or(|repaired| repaired.len() == json.len()));
            }
        }
    }

    #[test]
    fn only_lone_surrogates_are_replaced() {
        for (json, want) in [
            (r#""caf\ud83d""#, Some(r#""caf\ufffd""#)),
            (r#""\uDE00 caf""#, Some(r#""\ufffd caf""#)),
            (r#""\ud83d\ud83d\ude00""#, Some(r#""\ufffd\ud83d\ude00""#)),
            (r#""\ud83d\n\ud83d\u0041""#, Some(r#""\ufffd\n\ufffd\u0041""#)),
            (r#""\\\ud83d""#, Some(r#""\\\ufffd""#)),
            (r#""\ud83d\ude00""#, None),
            (r#""\\ud83d""#, None),
            (r#""\u00e9\u+d83""#, None),
            (r#""\ud8"#, None),
            ("\"\\é\\", None),
            ("[]", None),
        ] {
            assert_eq!(replace_lone_surrogates(json, REPLACEMENT).as_deref(), want, "{json}");
        }
    }
}
