//! Limits that a description states in words.

/// A limit, and the words around it.
pub(crate) struct StatedLimit {
    pub(crate) max: usize,
    pub(crate) words: String,
}

/// Finds a limit in a text: "up to 250 items".
pub(crate) fn find(text: &str) -> Option<StatedLimit> {
    const CUES: [&str; 8] =
        ["up to", "at most", "maximum", "max", "no more than", "not exceed", "limited to", "limit of"];
    // A number with such a unit is not a number of items.
    const OTHER_UNITS: [&str; 9] = ["char", "byte", "kb", "mb", "kib", "mib", "second", "minute", "day"];
    let words: Vec<&str> = text.split_whitespace().collect();
    (0..words.len()).find_map(|at| {
        let digits: String = words[at].chars().filter(|c| *c != ',').collect();
        let digits = digits.trim_matches(|c: char| !c.is_ascii_digit());
        let max: usize = digits.parse().ok().filter(|max| (2..=1_000_000).contains(max))?;
        let before = words[at.saturating_sub(5)..at].join(" ").to_lowercase();
        let after = words.get(at + 1).map(|word| word.to_lowercase()).unwrap_or_default();
        let unit =
            format!("{}{after}", words[at].trim_start_matches(|c: char| c.is_ascii_digit() || c == ',').to_lowercase());
        let fits =
            CUES.iter().any(|cue| before.contains(cue)) && !OTHER_UNITS.iter().any(|other| unit.starts_with(other));
        let around = &words[at.saturating_sub(5)..words.len().min(at + 4)];
        fits.then(|| StatedLimit { max, words: around.join(" ") })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_found_in_words() {
        for (text, want) in [
            ("Up to 250 items per request.", Some(250)),
            ("A maximum of 10,000 records can be sent.", Some(10_000)),
            ("The list must not exceed 100.", Some(100)),
            ("Ids (max 50)", Some(50)),
            ("Names of up to 255 characters", None),
            ("A body of at most 10 MB", None),
            ("A body of at most 10MB", None),
            ("Version 2 of the 15 endpoints", None),
            ("at most one", None),
        ] {
            assert_eq!(find(text).map(|limit| limit.max), want, "{text}");
        }
    }
}
