//! Doc comments as text for a terminal.

/// A doc comment as plain text: paragraphs on one line each, links as `text: URL`, no code examples.
pub(crate) fn plain(docs: &str) -> String {
    let mut text = String::new();
    let mut in_code = false;
    for line in docs.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            continue;
        }
        if in_code {
            continue;
        }
        let line = line.trim();
        match line {
            "" if !text.is_empty() && !text.ends_with("\n\n") => text.push_str("\n\n"),
            "" => {}
            line => {
                // Lines of a paragraph are joined; tables and lists keep theirs.
                let is_joined = !text.is_empty() && !text.ends_with('\n');
                let own_line = line.starts_with(['|', '-', '*', '#']);
                text.push_str(match (is_joined, own_line) {
                    (true, true) => "\n",
                    (true, false) => " ",
                    (false, _) => "",
                });
                text.push_str(&without_links(line));
            }
        }
    }
    without_emphasis(text.trim())
}

/// Without the marks around code, and those around emphasis.
fn without_emphasis(text: &str) -> String {
    let marks: Vec<char> = text.chars().collect();
    let is_word = |at: Option<usize>| at.and_then(|at| marks.get(at)).is_some_and(|c| c.is_alphanumeric());
    let kept = marks.iter().enumerate().filter(|(at, c)| match c {
        '`' => false,
        '*' => is_word(at.checked_sub(1)) == is_word(Some(at + 1)),
        _ => true,
    });
    kept.map(|(_, c)| c).collect()
}

/// The first paragraph.
pub(crate) fn summary(docs: &str) -> String {
    plain(docs).split("\n\n").next().unwrap_or_default().to_owned()
}

/// `[text](https://…)` is `text: https://…`, any other link its text.
fn without_links(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, link)) = rest.split_once('[') {
        out.push_str(before);
        let Some((text, after)) = link.split_once(']') else {
            out.push('[');
            rest = link;
            continue;
        };
        out.push_str(text);
        rest = after;
        if let Some((target, after)) = after.strip_prefix('(').and_then(|after| after.split_once(')')) {
            if target.contains("://") {
                out.push_str(": ");
                out.push_str(target);
            }
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doc_comment_is_plain_text() {
        for (docs, want) in [
            ("Deletes `tokens`.", "Deletes tokens."),
            ("One\nline.\n\nTwo.", "One line.\n\nTwo."),
            ("See [the page](https://a.example/b) now.", "See the page: https://a.example/b now."),
            ("A [`Bulk::send`](crate::Bulk) and [`X`].", "A Bulk::send and X."),
            ("Text.\n\n```\nlet a = 1;\n```\n\nMore.", "Text.\n\nMore."),
            ("List:\n- a\n- b", "List:\n- a\n- b"),
            ("a [b", "a [b"),
            ("It was *accepted*, 2 * 3.", "It was accepted, 2 * 3."),
            ("", ""),
        ] {
            assert_eq!(plain(docs), want);
        }
        assert_eq!(summary("One\nline.\n\nTwo."), "One line.");
    }
}
