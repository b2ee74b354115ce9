//! Values as text for people: keys in reports and messages, shortened texts of servers.

use std::any::Any;

use serde::Serialize;

/// The text of a key in reports: the content of a string, the parts of an array joined by `/`, the JSON of anything else.
pub(crate) fn key_text<K: Serialize>(key: &K) -> String {
    match serde_json::to_value(key) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(serde_json::Value::Array(parts)) => parts
            .iter()
            .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join("/"),
        Ok(other) => other.to_string(),
        Err(error) => format!("<key cannot be serialized: {error}>"),
    }
}

/// The message of a panic.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// A count with its noun: `1 item`, `2 items`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

/// The maximum number of characters of a server's text in a message. Each item of a request may carry that message.
const MAX_SERVER_TEXT: usize = 500;

/// The start of a server's text for a message: one line, at most [`MAX_SERVER_TEXT`] characters.
pub(crate) fn excerpt(text: &str) -> String {
    shorten(text, MAX_SERVER_TEXT)
}

/// The first `max` characters of a text, on one line: a character that a terminal acts on becomes a space, `…` marks a cut.
pub(crate) fn shorten(text: &str, max: usize) -> String {
    let mut short: String = text.chars().take(max).map(|c| if acts_on_terminal(c) { ' ' } else { c }).collect();
    if text.chars().nth(max).is_some() {
        short.push('…');
    }
    short
}

/// Whether a terminal does more than show the character: controls, line and paragraph separators, and the characters that change the
/// direction of the text around them, so that `gnp.exe` reads `exe.png` (Unicode's `Bidi_Control`).
fn acts_on_terminal(c: char) -> bool {
    let changes_direction =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || changes_direction || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A URL without user, password, query and fragment, to be shown in messages. It works on text, because the URL may not parse.
pub(crate) fn without_secrets(url: &str) -> String {
    let (before, rest) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
    let scheme = before.find("//").map_or("", |slashes| &before[..slashes + 2]);
    let shown = match before.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}…@{host}"),
        // `https://user:pass?word@host`: the host cannot be told from a part of the password.
        None if rest.contains('@') => format!("{scheme}…"),
        None => before.to_owned(),
    };
    match rest.chars().next() {
        Some(mark) => format!("{shown}{mark}…"),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_said_is_short_and_on_one_line() {
        assert_eq!(excerpt("two\nlines\u{1b}[31m\r\u{9b}"), "two lines [31m  ");
        assert_eq!(excerpt("a\u{202e}gnp.exe\u{2066}b\u{2069}\u{200f}c\u{61c}"), "a gnp.exe b  c ");
        assert_eq!(excerpt("two\u{2028}lines\u{2029}\u{85}"), "two lines  ");
        // Letters that join need U+200D, and right-to-left letters are text.
        assert_eq!(excerpt("👩\u{200d}💻 שלום"), "👩\u{200d}💻 שלום");
        assert_eq!(excerpt(&"é".repeat(MAX_SERVER_TEXT)), "é".repeat(MAX_SERVER_TEXT));
        assert_eq!(excerpt(&"é".repeat(MAX_SERVER_TEXT + 1)), "é".repeat(MAX_SERVER_TEXT) + "…");
    }
}
