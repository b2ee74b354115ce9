//! Keys that are a part of a text: `users('{key}')`.

use std::borrow::Cow;

use super::index::Index;

/// The text around a key, as `#[bulk(key = "…")]` has it: `/items/{key}`, with `{i}` for a position counted from 0, `{n}` for one counted from
/// 1, and `*` at its start or end for any text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyText {
    before: &'static str,
    after: &'static str,
    is_open_before: bool,
    is_open_after: bool,
}

impl KeyText {
    /// Reads the text of a declaration. The derive has checked it.
    pub fn of(text: &'static str) -> Self {
        let (before, rest) = text.split_once('{').unwrap_or((text, ""));
        let after = rest.split_once('}').map_or("", |(_, after)| after);
        let (open_before, open_after) = (before.strip_prefix('*'), after.strip_suffix('*'));
        KeyText {
            before: open_before.unwrap_or(before),
            after: open_after.unwrap_or(after),
            is_open_before: open_before.is_some(),
            is_open_after: open_after.is_some(),
        }
    }

    /// Returns the key in a text; `None` if the text has another form.
    pub fn key<'t>(&self, text: Option<&'t str>) -> Option<&'t str> {
        let text = text?;
        let rest = if self.is_open_before {
            text.split_once(self.before).map(|(_, rest)| rest)?
        } else {
            text.strip_prefix(self.before)?
        };
        let key = match (self.is_open_after, self.after) {
            (false, after) => rest.strip_suffix(after)?,
            // `/items/{i}*`: the digits.
            (true, "") => &rest[..rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len())],
            (true, after) => rest.split_once(after)?.0,
        };
        Some(key).filter(|key| !key.is_empty())
    }

    /// Returns the position in a text.
    pub fn index<const BASE: usize>(&self, text: Option<&str>) -> Option<Index<BASE>> {
        let digits = self.key(text)?;
        let number = digits.parse::<usize>().ok().filter(|number| number.to_string() == digits)?;
        Some(Index(number)).filter(|index| index.position().is_some())
    }

    /// Returns the key of an item. A text of another form is its own key.
    pub fn of_item(&self, text: Option<Cow<'_, str>>) -> String {
        let text = text.unwrap_or_default();
        self.key(Some(&text)).map_or_else(|| text.to_string(), str::to_owned)
    }
}

/// A text with this key in the place of `{key}`, `{i}` or `{n}`: what [`KeyText::key`] reads.
#[cfg(feature = "fake")]
pub(crate) fn with_key(text: &str, key: &str) -> String {
    let (before, rest) = text.split_once('{').unwrap_or((text, ""));
    let after = rest.split_once('}').map_or("", |(_, after)| after);
    format!("{}{key}{}", before.trim_start_matches('*'), after.trim_end_matches('*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_part_of_the_text_in_its_place() {
        for (text, from, want) in [
            ("users('{key}')", "users('a')", Some("a")),
            ("users('{key}')", "users('a')x", None),
            ("users('{key}')", "xusers('a')", None),
            ("users('{key}')", "users('')", None),
            ("*/Users/{key}", "https://example.com/v2/Users/a", Some("a")),
            ("*/Users/{key}", "/Users/a/Users/b", Some("a/Users/b")),
            ("*/Users/{key}", "/Groups/a", None),
            ("items[{key}]*", "items[a].name", Some("a")),
            ("items[{key}]*", "items[a", None),
            ("/data/{i}*", "/data/3/attributes", Some("3")),
            ("/data/{i}*", "/data/3", Some("3")),
            ("/data/{i}*", "/data/x", None),
            ("{key}", "a", Some("a")),
        ] {
            assert_eq!(KeyText::of(text).key(Some(from)), want, "{text} in {from}");
        }
        assert_eq!(KeyText::of("{key}").key(None), None);
        assert_eq!(KeyText::of("a/{key}").of_item(Some(Cow::Borrowed("a/b"))), "b");
        assert_eq!(KeyText::of("a/{key}").of_item(Some(Cow::Borrowed("b"))), "b", "another form");
    }

    #[test]
    fn a_position_is_in_decimal_digits_and_at_least_the_first() {
        let position = |text: &'static str| KeyText::of("/{n}").index::<1>(Some(text)).and_then(Index::position);
        assert_eq!((position("/1"), position("/12")), (Some(0), Some(11)));
        for none in ["/0", "/01", "/+1", "/x", "1", "/18446744073709551616"] {
            assert_eq!(position(none), None, "{none}");
        }
    }

    #[cfg(feature = "fake")]
    #[test]
    fn the_text_with_a_key_has_this_key() {
        for text in ["users('{key}')", "*/Users/{key}", "items[{key}]*", "/data/{i}*", "{key}"] {
            assert_eq!(KeyText::of(text).key(Some(&with_key(text, "7"))), Some("7"), "{text}");
        }
    }
}
