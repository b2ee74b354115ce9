//! "did you mean …?": the allowed word nearest to a mistyped one, and lists of words in messages.

/// Words from other libraries, and the words that mean the same here.
const SYNONYMS: [(&str, &str); 26] = [
    ("success", "succeeded"),
    ("successes", "succeeded"),
    ("successful", "succeeded"),
    ("ok", "succeeded"),
    ("done", "succeeded"),
    ("failure", "failed"),
    ("failures", "failed"),
    ("error", "failed"),
    ("errors", "failed"),
    ("id", "key"),
    ("ids", "keys"),
    ("index", "positional"),
    ("order", "positional"),
    ("position", "positional"),
    ("each", "results"),
    ("inside", "nested"),
    ("limit", "max"),
    ("max_items", "max"),
    ("max_batch", "max"),
    ("batch_size", "max"),
    ("chunk", "max"),
    ("chunk_size", "max"),
    ("page_size", "max"),
    ("size", "max"),
    ("retry", "retry"),
    ("atomic", "partial"),
];

/// The allowed word that `written` most likely means: a synonym, or the nearest spelling.
pub(crate) fn nearest<'a>(written: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let written = written.to_lowercase();
    let meant = SYNONYMS.iter().filter(|(other, _)| *other == written).map(|(_, ours)| ours);
    if let Some(word) = meant.filter_map(|ours| allowed.iter().find(|word| *word == ours)).next() {
        return Some(word);
    }
    let near = |word: &&&str| distance(&written, word) <= (word.len().max(written.len()) / 3).max(1);
    allowed.iter().filter(near).min_by_key(|word| distance(&written, word)).copied()
}

/// `` `a`, `b` or `c` ``.
pub(crate) fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => "no word".to_owned(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// The message for a word that is not allowed.
pub(crate) fn unknown(kind: &str, written: &str, allowed: &[&str]) -> String {
    let known = list(allowed);
    match nearest(written, allowed) {
        Some(only) if allowed == [only] => format!("unknown {kind} `{written}`, did you mean `{only}`?"),
        Some(word) => {
            format!("unknown {kind} `{written}`, did you mean `{word}`? (expected {known})")
        }
        None if allowed.is_empty() => format!("`{written}` is not allowed here: remove it"),
        None => format!("unknown {kind} `{written}`: expected {known}"),
    }
}

/// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows = vec![(0..=to.len()).collect::<Vec<usize>>()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_word() {
        let allowed = ["max", "min", "max_bytes", "partial", "idempotent", "stop"];
        for (written, want) in [
            ("maxx", Some("max")),
            ("Max", Some("max")),
            ("mxa", Some("max")),
            ("partail", Some("partial")),
            ("idempotant", Some("idempotent")),
            ("max_byte", Some("max_bytes")),
            ("retries", None),
            ("limit", Some("max")),
            ("max_items", Some("max")),
            ("batch_size", Some("max")),
            ("success", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, &allowed), want, "{written}");
        }
    }

    #[test]
    fn lists_read_as_english() {
        assert_eq!(list(&["a"]), "`a`");
        assert_eq!(list(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
