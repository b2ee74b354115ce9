//! Ids that do not look like what they are.

/// Says what is wrong with the text of an id: it is empty, or has a character that people do not see.
pub(crate) fn check_id(id: &str, allow_invisible: bool) -> Result<(), String> {
    if id.trim().is_empty() {
        return Err("the id is empty".to_owned());
    }
    if allow_invisible {
        return Ok(());
    }
    match id.chars().enumerate().find(|(_, c)| is_invisible(*c)) {
        Some((_, c)) => Err(format!(
            "the id {} has an invisible character (U+{:04X}); remove it, or add --allow-invisible",
            visible(id),
            u32::from(c)
        )),
        None if id.trim() != id => {
            Err(format!("the id {} starts or ends with white space; remove it, or add --allow-invisible", visible(id)))
        }
        None => Ok(()),
    }
}

/// A text in quotation marks, with escapes in place of what people do not see.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => shown.extend(['\\', c]),
            c if is_invisible(c) => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown.push('"');
    shown
}

/// Whether a character has no glyph: controls, format characters, spaces other than U+0020, and fillers.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_do_not_see_is_shown() {
        for (id, want) in [
            ("tok-1", None),
            ("Ann Smith", None),
            ("é…שלום", None),
            ("", Some("the id is empty")),
            ("  ", Some("the id is empty")),
            ("a\u{200b}b", Some(r#"the id "a\u{200b}b" has an invisible character (U+200B)"#)),
            ("a\u{a0}", Some(r#"the id "a\u{a0}" has an invisible character (U+00A0)"#)),
            ("a\tb", Some(r#"the id "a\tb" has an invisible character (U+0009)"#)),
            ("\u{feff}a", Some("(U+FEFF)")),
            ("a ", Some("starts or ends with white space")),
            ("a\u{e0041}", Some("(U+E0041)")),
        ] {
            match (check_id(id, false), want) {
                (Ok(()), None) => {}
                (Err(found), Some(want)) => assert!(found.contains(want), "{found}"),
                (found, want) => panic!("{id:?}: {found:?}, expected {want:?}"),
            }
        }
        assert_eq!(check_id("a\u{200b}b", true), Ok(()));
        assert!(check_id("", true).is_err());
    }
}
