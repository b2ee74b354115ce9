//! Values as text for people: keys in reports and messages, bodies cut short.

use std::any::Any;

use serde::Serialize;

/// A key as reports write it: the content of a string, the JSON of anything else.
pub(crate) fn key_text<K: Serialize>(key: &K) -> String {
    match serde_json::to_value(key) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(serde_json::Value::Array(parts)) => parts
            .iter()
            .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join("/"),
        Ok(other) => other.to_string(),
        Err(error) => format!("<a key that cannot be written: {error}>"),
    }
}

/// What a panic says.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it does not say why")
}

/// So many of a thing: `1 item`, `2 items`.
pub(crate) fn counted(count: usize, thing: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{s}")
}

/// The most characters that a message repeats of what a server said: each item of a request may carry it.
const SAID: usize = 500;

/// What a server said, as a message repeats it.
pub(crate) fn said(text: &str) -> String {
    shorten(text, SAID)
}

/// At most `most` characters of a text, on one line.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    let mut short: String = text.chars().take(most).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(most).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_said_is_short_and_on_one_line() {
        assert_eq!(said("two\nlines\u{1b}[31m\r\u{9b}"), "two lines [31m  ");
        assert_eq!(said(&"é".repeat(SAID)), "é".repeat(SAID));
        assert_eq!(said(&"é".repeat(SAID + 1)), "é".repeat(SAID) + "…");
    }
}
