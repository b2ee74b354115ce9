//! Comments of the module: documentation of the vendor, and open questions.

use std::fmt::Write;

/// The longest line of a comment.
const MAX_WIDTH: usize = 110;

/// Writes open questions as `TODO(you)` comments.
pub(crate) fn print_notes(out: &mut String, indent: &str, notes: &[String]) {
    for note in notes {
        let note = one_line(note);
        let end = if note.ends_with(['.', '?']) { "" } else { "." };
        for (index, line) in wrapped(&format!("TODO(you): {note}{end}"), indent).enumerate() {
            let _ = writeln!(out, "{indent}//{}{line}", if index == 0 { " " } else { "   " });
        }
    }
}

/// Writes texts as doc comments, each as a paragraph.
pub(crate) fn print_docs<'t>(out: &mut String, indent: &str, texts: impl IntoIterator<Item = &'t str>) {
    let texts = texts.into_iter().filter(|text| !text.trim().is_empty());
    for (index, text) in texts.enumerate() {
        if index > 0 {
            let _ = writeln!(out, "{indent}///");
        }
        let (mut fenced, mut blank) = (false, false);
        for line in text.trim().lines() {
            let line = clean(line);
            let fence = line.trim_start().starts_with("```");
            if line.trim().is_empty() && !fenced {
                // Several blank lines become one.
                blank = true;
                continue;
            }
            if std::mem::take(&mut blank) {
                let _ = writeln!(out, "{indent}///");
            }
            if fence {
                fenced = !fenced;
                // A plain fence would be a doc test.
                let _ = writeln!(out, "{indent}/// ```{}", if fenced { "text" } else { "" });
            } else if fenced {
                let _ = writeln!(out, "{indent}/// {}", line.trim_end());
            } else {
                wrapped(line.trim(), indent).for_each(|line| _ = writeln!(out, "{indent}/// {line}"));
            }
        }
        if fenced {
            let _ = writeln!(out, "{indent}/// ```");
        }
    }
}

/// A line without control characters and without those that change the direction of text, which a comment cannot contain.
fn clean(line: &str) -> String {
    let is_direction = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    line.chars().map(|c| if c.is_control() || is_direction(c) { ' ' } else { c }).collect()
}

/// A text in one line.
pub(crate) fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text in lines of at most `MAX_WIDTH`.
fn wrapped(text: &str, indent: &str) -> impl Iterator<Item = String> {
    let width = MAX_WIDTH.saturating_sub(indent.len());
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_have_no_character_that_the_compiler_refuses() {
        let mut out = String::new();
        print_docs(&mut out, "", ["a\u{202e}b\u{2066}c\u{7}d"]);
        print_notes(&mut out, "", &["e\u{202a}f".to_owned()]);
        assert_eq!(out, "/// a b c d\n// TODO(you): e f.\n");
    }
}
