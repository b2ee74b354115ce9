//! Texts in a CSV file that people open in a spreadsheet: none of them is taken for a formula.

use std::borrow::Cow;

/// Puts `'` before a text that a spreadsheet would run as a formula, such as `=HYPERLINK(…)`. It shows the rest as text.
///
/// A spreadsheet of another language splits the line at `;`, so that a formula can start there too.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (cell, after) = rest.split_at(rest.find([';', '\t', '\r', '\n']).map_or(rest.len(), |at| at + 1));
        if starts_formula(rest) {
            out.push('\'');
        }
        out.push_str(cell);
        rest = after;
    }
    if out.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

pub(crate) fn starts_formula(cell: &str) -> bool {
    // White space before a formula is ignored by some programs; a tab or a line break at the start is as bad as the formula.
    let start = cell.trim_start_matches(' ');
    start.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_becomes_text() {
        for (text, want) in [
            ("", ""),
            ("tok-1", "tok-1"),
            ("a=b", "a=b"),
            ("a@b.example", "a@b.example"),
            ("=1+1", "'=1+1"),
            ("+49 30", "'+49 30"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("  =1", "'  =1"),
            ("\t=1", "'\t'=1"),
            ("\r=1", "'\r'=1"),
            ("＝1", "'＝1"),
            ("no; =1", "no;' =1"),
            ("a;b;-1;", "a;b;'-1;"),
            ("\"=1", "\"=1"),
        ] {
            assert_eq!(harmless(text), want, "{text:?}");
        }
    }
}
