//! Computes which outcomes a response allows for each item, directly from its JSON, duplicate fields included.

use std::collections::HashSet;

use serde_json::value::RawValue;

/// What a response says about an item.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct May {
    pub(super) succeed: bool,
    pub(super) fail: bool,
    pub(super) hand_back: bool,
}

impl May {
    /// One failed item undoes the others, and unlisted items do not succeed then.
    pub(super) fn all_or_none(self, told: &Told<'_>) -> May {
        let none = told.only("failures").and_then(elements).is_some_and(|failures| failures.is_empty());
        May { succeed: self.succeed && none, fail: self.fail, hand_back: true }
    }
}

/// A response as it is, duplicate fields included; only the necessary parts are decoded.
pub(super) struct Told<'b> {
    pub(super) root: Option<&'b RawValue>,
    pub(super) count: usize,
}

/// A body without its byte order mark, with U+FFFD for each escape of a surrogate that has no other half.
pub(super) fn undamaged(body: &[u8]) -> Vec<u8> {
    let mut body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).to_vec();
    let unit = |escape: Option<&[u8]>| {
        let digits = escape?.strip_prefix(b"\\u").filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut at = 0;
    while at < body.len() {
        let units = (unit(body.get(at..at + 6)), unit(body.get(at + 6..at + 12)));
        at += match units {
            (Some(high), Some(low)) if String::from_utf16(&[high, low]).is_ok() && (0xD800..0xDC00).contains(&high) => {
                12
            }
            (Some(0xD800..=0xDFFF), _) => {
                body[at..at + 6].copy_from_slice(b"\\ufffd");
                6
            }
            _ if body[at] == b'\\' => 2,
            _ => 1,
        };
    }
    body
}

fn elements(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// The fields of an object, duplicates included.
fn fields(raw: &RawValue) -> Option<Vec<(String, &RawValue)>> {
    struct Pairs;
    impl<'de> serde::de::Visitor<'de> for Pairs {
        type Value = Vec<(String, &'de RawValue)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }
    serde::Deserializer::deserialize_map(&mut serde_json::Deserializer::from_str(raw.get()), Pairs).ok()
}

/// Returns the only field with this name.
fn only<'b>(raw: &'b RawValue, name: &str) -> Option<&'b RawValue> {
    let fields = fields(raw)?;
    let mut found = fields.iter().filter(|(given, _)| given == name);
    let (_, value) = found.next()?;
    found.next().is_none().then_some(*value)
}

fn decode<V: serde::de::DeserializeOwned>(raw: Option<&RawValue>) -> Option<V> {
    serde_json::from_str(raw?.get()).ok()
}

fn is_text(raw: Option<&RawValue>, want: &str) -> bool {
    decode::<String>(raw).is_some_and(|text| text == want)
}

impl<'b> Told<'b> {
    pub(super) fn only(&self, name: &str) -> Option<&'b RawValue> {
        only(self.root?, name)
    }

    fn list(&self, name: &str) -> Vec<&'b RawValue> {
        self.only(name).and_then(elements).unwrap_or_default()
    }

    pub(super) fn in_lists(&self, id: &str) -> May {
        let bare = |name| self.list(name).into_iter().any(|raw| is_text(Some(raw), id));
        let may = May {
            succeed: bare("successes"),
            fail: self.list("failures").into_iter().any(|raw| names(raw, id)),
            hand_back: bare("unprocessed"),
        };
        one_of(may)
    }

    pub(super) fn by_silence(&self, id: &str) -> May {
        let failures = self.list("failures");
        let ids: HashSet<String> = (0..self.count).map(|n| format!("t{n}")).collect();
        let sound = |raw: &&RawValue| {
            let id: Option<String> = decode(only(raw, "id"));
            id.is_some_and(|id| ids.contains(&id) && names(raw, &id))
        };
        let named = failures.iter().any(|raw| names(raw, id));
        let shape = self.only("failures").and_then(elements).is_some();
        May { succeed: shape && !named && failures.iter().all(sound), fail: named, hand_back: false }
    }

    pub(super) fn each(&self, list: Option<&RawValue>, id: &str) -> May {
        let list = list.and_then(elements).unwrap_or_default();
        let statuses = list.into_iter().filter(|raw| is_text(only(raw, "id"), id));
        let statuses = statuses.map(|raw| decode(only(raw, "status")));
        let statuses: Vec<Option<u16>> = statuses.collect();
        let all = |fits: fn(&u16) -> bool| {
            !statuses.is_empty() && statuses.iter().all(|status| status.as_ref().is_some_and(fits))
        };
        May {
            succeed: all(|status| (200..300).contains(status)),
            fail: all(|status| !(200..300).contains(status)),
            hand_back: false,
        }
    }

    pub(super) fn placed(&self, slot: usize) -> May {
        let list = self.root.and_then(elements).unwrap_or_default();
        let ok = |ok: bool| list.len() == self.count && decode(only(list[slot], "ok")) == Some(ok);
        May { succeed: ok(true), fail: ok(false), hand_back: false }
    }

    pub(super) fn numbered(&self, id: u64) -> May {
        let succeed = self.list("successes").into_iter().any(|raw| decode(Some(raw)) == Some(id));
        let fail = self.list("failures").into_iter().any(|raw| decode(only(raw, "id")) == Some(id));
        one_of(May { succeed, fail, hand_back: false })
    }

    /// If the response contains the key anywhere, any outcome that needs no other evidence is allowed.
    pub(super) fn named<'r>(&self, parts: impl IntoIterator<Item = &'r RawValue>, id: &str) -> May {
        let named = parts.into_iter().any(|raw| mentions(raw, id));
        May { succeed: named, fail: named, hand_back: false }
    }

    /// An item can be done without being listed.
    pub(super) fn unless_named(&self, silence: bool, id: &str) -> May {
        let named = self.root.is_some_and(|root| mentions(root, id));
        May { succeed: silence, fail: named, hand_back: named }
    }

    pub(super) fn indexed(&self, row: usize) -> May {
        let list = self.root.and_then(elements).unwrap_or_default();
        let is_it = |raw: &&RawValue| {
            let number = decode::<usize>(only(raw, "row"));
            let digits = decode::<String>(only(raw, "row")).and_then(|digits| digits.parse().ok());
            number.or(digits) == Some(row)
        };
        let list: Vec<_> = list.into_iter().filter(is_it).collect();
        let all = |word: &str| !list.is_empty() && list.iter().all(|raw| is_text(only(raw, "status"), word));
        May { succeed: all("ok"), fail: all("error"), hand_back: all("skipped") }
    }

    pub(super) fn cell(&self, row: u64) -> May {
        let list = self.root.and_then(elements).unwrap_or_default();
        let is_it = |raw: &&RawValue| is_text(only(raw, "id"), "t") && decode(only(raw, "row")) == Some(row);
        let list: Vec<_> = list.into_iter().filter(is_it).collect();
        let all = |ok: bool| !list.is_empty() && list.iter().all(|raw| decode(only(raw, "ok")) == Some(ok));
        May { succeed: all(true), fail: all(false), hand_back: false }
    }
}

/// Returns whether this is a string, or the name of a field.
fn mentions(raw: &RawValue, id: &str) -> bool {
    // Deep nesting would overflow the stack.
    let mut rest = vec![(raw, 0)];
    while let Some((raw, depth)) = rest.pop() {
        if is_text(Some(raw), id) {
            return true;
        }
        let fields = fields(raw).unwrap_or_default();
        if fields.iter().any(|(name, _)| name == id) {
            return true;
        }
        let inside = elements(raw).unwrap_or_default().into_iter().chain(fields.into_iter().map(|(_, raw)| raw));
        rest.extend(inside.filter(|_| depth < 10).map(|raw| (raw, depth + 1)));
    }
    false
}

/// Contradictory entries count as none.
fn one_of(may: May) -> May {
    let ways = [may.succeed, may.fail, may.hand_back];
    if ways.iter().filter(|way| **way).count() > 1 { May::default() } else { may }
}

/// Returns whether an element of `failures` is about this item.
fn names(raw: &RawValue, id: &str) -> bool {
    decode::<String>(only(raw, "message")).is_some() && is_text(only(raw, "id"), id)
}
