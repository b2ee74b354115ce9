//! Text for people, on standard output and standard error. Nothing in it makes a terminal do more than show it.

use std::fmt;
use std::io::{ErrorKind, Write};

use anyhow::{Context, Result};

/// Writes a line to standard output. A closed pipe must not stop the work, so errors are ignored.
pub fn say(text: impl fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{}", harmless(&text.to_string()));
}

/// Writes what a command was asked to print to standard output, as it is. A reader that wants no more of it, such as `head`, is no error.
pub(crate) fn print(bytes: &[u8]) -> Result<()> {
    let mut out = std::io::stdout();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context("cannot write to standard output"),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes a line to standard error.
pub fn warn(text: impl fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{}", harmless(&text.to_string()));
}

/// Replaces what a terminal acts on by a space: escape sequences, and characters that change the direction of text. File names, columns and
/// servers are not to be trusted with them. Line breaks stay.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|c| if c != '\n' && acts_on_terminal(c) { ' ' } else { c }).collect()
}

/// Whether a terminal does more than show this character.
pub fn acts_on_terminal(c: char) -> bool {
    let changes_direction =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || changes_direction || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A count with its noun: `1 item`, `2 items`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_acts_on_becomes_a_space() {
        assert_eq!(harmless("a\u{1b}[31mb\r\n\u{202e}c\u{2028}d\u{9b}é…"), "a [31mb \n c d é…");
    }
}
