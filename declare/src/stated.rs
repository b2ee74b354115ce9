//! Limits that a description states in words, with the sentence that states them.

/// A limit, and the sentence that states it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StatedLimit {
    pub(crate) of: LimitOf,
    pub(crate) sentence: String,
}

/// What a limit is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum LimitOf {
    /// The number of items of a request.
    Items(usize),
    /// The size of a request or of an item.
    Bytes,
    /// The number of requests or items in a period.
    Rate,
}

/// The longest quote, in words.
const MAX_WORDS: usize = 30;

/// Words before a number that make it a limit.
const BEFORE: [&str; 17] = [
    "up to",
    "at most",
    "maximum",
    "max",
    "no more than",
    "more than",
    "more then",
    "exceed",
    "exceeds",
    "limited to",
    "limit of",
    "limit is",
    "limit to",
    "limit:",
    "capped at",
    "not above",
    "rate of",
];

/// Words after a number that make it a limit.
const AFTER: [&str; 13] = [
    "or fewer",
    "or less",
    "maximum",
    "max",
    "at a time",
    "at one time",
    "at once",
    "per request",
    "per call",
    "per batch",
    "in one request",
    "in a single request",
    "per api call",
];

const BYTES: [&str; 10] = ["byte", "bytes", "kb", "mb", "gb", "kib", "mib", "kilobytes", "megabytes", "mebibytes"];
const PERIODS: [&str; 8] = ["second", "seconds", "sec", "minute", "minutes", "hour", "hours", "day"];
/// A number with such a unit is neither a number of items nor a size of a request.
const OTHER_UNITS: [&str; 17] = [
    "char",
    "chars",
    "character",
    "characters",
    "digits",
    "letters",
    "levels",
    "days",
    "weeks",
    "months",
    "years",
    "times",
    "attempts",
    "percent",
    "milliseconds",
    "ms",
    "pages",
];

/// The limits that a text states, in its order.
pub(crate) fn find_all(text: &str) -> Vec<StatedLimit> {
    let mut found: Vec<StatedLimit> = Vec::new();
    for sentence in sentences(text) {
        let words: Vec<&str> = sentence.split_whitespace().collect();
        for at in 0..words.len() {
            let Some(of) = limit_at(&words, at) else { continue };
            let limit = StatedLimit { of, sentence: quote(&words, at) };
            // A sentence is quoted once for each thing that it limits.
            let is_same = |other: &StatedLimit| {
                other.of == of || other.sentence == limit.sentence && !matches!(of, LimitOf::Items(_))
            };
            if !found.iter().any(is_same) {
                found.push(limit);
            }
        }
    }
    found
}

/// The limit whose number is one of the words.
fn limit_at(words: &[&str], at: usize) -> Option<LimitOf> {
    let (number, unit) = number(words[at])?;
    let before = plain(&words[at.saturating_sub(6)..at]);
    let after: Vec<String> = std::iter::once(unit.to_lowercase())
        .filter(|unit| !unit.is_empty())
        .chain(words[at + 1..].iter().map(|word| folded(word)))
        .collect();
    let near = after.iter().take(8).cloned().collect::<Vec<_>>().join(" ");
    let has = |text: &str, cue: &str| format!(" {text} ").contains(&format!(" {cue} "));
    if rate(&after) {
        return Some(LimitOf::Rate);
    }
    let all_before = plain(&words[..at]);
    // `The maximum number of roles in a request is 3000.`
    let is_value = ["is", "are", "be", "of"].iter().any(|verb| before.ends_with(verb))
        && ["maximum", "max", "limit"].iter().any(|cue| has(&all_before, cue));
    let is_limit = is_value || BEFORE.iter().any(|cue| has(&before, cue)) || AFTER.iter().any(|cue| has(&near, cue));
    if !is_limit {
        return None;
    }
    let first = after.first().map(String::as_str).unwrap_or_default();
    let is = |list: &[&str]| list.contains(&first);
    match () {
        () if is(&BYTES) => Some(LimitOf::Bytes),
        () if is(&OTHER_UNITS) || is(&PERIODS) => None,
        () => Some(LimitOf::Items(number)).filter(|_| (2..=1_000_000).contains(&number)),
    }
}

/// Whether words after a number make it a rate: `100 requests per minute`, `10/second`, `5 calls every 2 seconds`.
fn rate(after: &[String]) -> bool {
    after.iter().take(4).enumerate().any(|(at, word)| {
        let next = |by: usize| after.get(at + by).map(String::as_str).unwrap_or_default();
        let is_period = |word: &str| PERIODS.contains(&word);
        let is_number = |word: &str| word.parse::<usize>().is_ok();
        match word.as_str() {
            // Not `in`: `within 5 minutes` and `in 30 days` say when something happens, not how often.
            "per" | "a" | "each" | "every" => is_period(next(1)) || is_number(next(1)) && is_period(next(2)),
            "rps" | "qps" | "req/s" | "requests/second" | "requests/minute" | "requests/s" => at == 0,
            word => {
                at == 0
                    && word.strip_prefix('/').is_some_and(|word| is_period(word) || ["s", "min", "h"].contains(&word))
            }
        }
    })
}

/// A number and what is written behind it: `10,000`, `10MB`, `(25)`, `fifty`.
fn number(word: &str) -> Option<(usize, &str)> {
    const WORDS: [(&str, usize); 7] = [
        ("ten", 10),
        ("twenty", 20),
        ("twenty-five", 25),
        ("fifty", 50),
        ("hundred", 100),
        ("thousand", 1000),
        ("twelve", 12),
    ];
    let word = word.trim_start_matches(['(', '[', '"', '\'', '`', '*', '_', '=', '<']);
    let end = word.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(word.len());
    if end == 0 {
        let folded = folded(word);
        return WORDS.iter().find(|(name, _)| *name == folded).map(|(_, number)| (*number, ""));
    }
    // `2.5` and `1-2` are not a count, and `v2` is a name.
    let (digits, rest) = word.split_at(end);
    let rest = rest.trim_end_matches(['.', ',', ';', ':', ')', ']', '"', '\'', '`', '*', '_', '!', '?']);
    let is_count = !rest.starts_with(['.', '-', '%', ':', '_']) && !rest.contains(|c: char| c.is_ascii_digit());
    let number = digits.replace(',', "").parse().ok().filter(|_| is_count)?;
    Some((number, rest))
}

/// A word in lower case without the punctuation around it.
fn folded(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/' && c != ':').trim_end_matches(':').to_lowercase()
}

fn plain(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| if word.ends_with("imit:") { "limit:".into() } else { folded(word) })
        .collect::<Vec<_>>()
        .join(" ")
}

/// The beginning of a text as a quote.
pub(crate) fn quoted(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_long = words.len() > 2 * MAX_WORDS;
    let words = words.iter().take(2 * MAX_WORDS).copied().collect::<Vec<_>>().join(" ");
    if is_long { format!("{words}…") } else { words }
}

/// The sentence, or of a long one the words around the number.
fn quote(words: &[&str], at: usize) -> String {
    let start = if words.len() <= MAX_WORDS { 0 } else { at.saturating_sub(MAX_WORDS / 2) };
    let end = words.len().min(start + MAX_WORDS);
    let dots = |is_cut: bool| if is_cut { "…" } else { "" };
    format!("{}{}{}", dots(start > 0), words[start..end].join(" "), dots(end < words.len()))
}

/// The sentences of a text, without the signs of Markdown and HTML at their ends.
pub(crate) fn sentences(text: &str) -> Vec<String> {
    let mut text = text.replace("\r\n", "\n");
    for tag in ["<br>", "<br/>", "<br />", "<p>", "</p>", "<li>", "</li>", "<ul>", "</ul>"] {
        text = text.replace(tag, "\n\n");
    }
    let mut sentences = vec![String::new()];
    for line in text.lines().map(str::trim) {
        let is_new = line.is_empty() || line.starts_with(['-', '*', '#', '>', '|']) || line.starts_with("•");
        if is_new {
            sentences.push(String::new());
        }
        for word in line.trim_start_matches(['-', '*', '#', '>', '|', '•']).split_whitespace() {
            if let Some(sentence) = sentences.last_mut() {
                if !sentence.is_empty() {
                    sentence.push(' ');
                }
                sentence.push_str(word);
            }
            let ends = word.trim_end_matches([')', '"', '*', '_']).ends_with(['.', '!', '?']);
            if ends
                && !["e.g.", "i.e.", "etc.", "approx.", "max.", "min.", "no."]
                    .contains(&word.to_lowercase().trim_start_matches('('))
            {
                sentences.push(String::new());
            }
        }
    }
    sentences
        .iter()
        .map(|sentence| sentence.trim_matches(['*', '_', ' ']).to_owned())
        .filter(|sentence| !sentence.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_found_in_words() {
        let items = |number| Some(LimitOf::Items(number));
        for (text, want) in [
            ("Up to 250 items per request.", items(250)),
            ("A maximum of 10,000 records can be sent.", items(10_000)),
            ("The list must not exceed 100.", items(100)),
            ("Ids (max 50)", items(50)),
            ("creates mappings (Max 25) between", items(25)),
            ("The number of entitlements is limited to 50 items maximum.", items(50)),
            ("No more than **200** users.", items(200)),
            ("At most fifty contacts.", items(50)),
            ("If the request contains more then 100 IDs to be deleted", items(100)),
            ("Send 500 ids or fewer.", items(500)),
            ("You can add 1000 events per request", items(1000)),
            ("Limit: 30", items(30)),
            ("The maximum role count in a single update request is 3000.", items(3000)),
            ("Names of up to 255 characters", None),
            ("A body of at most 10 MB", Some(LimitOf::Bytes)),
            ("A body of at most 10MB", Some(LimitOf::Bytes)),
            ("You may send 100 requests per minute.", Some(LimitOf::Rate)),
            ("It allows 5 calls every 2 seconds.", Some(LimitOf::Rate)),
            ("At a rate of 10/second", Some(LimitOf::Rate)),
            ("Deleted after at most 30 days", None),
            ("Version 2 of the 15 endpoints", None),
            ("at most one", None),
            ("limited to 2.5 of them", None),
            ("The limit of a page is described below. There are 20 of them.", None),
        ] {
            assert_eq!(find_all(text).first().map(|limit| limit.of), want, "{text}");
        }
    }

    #[test]
    fn the_whole_sentence_is_quoted() {
        let text = "Deletes users.\n\n> **Up to 100 users\nper request (e.g. by id).** Others stay. At most 5 MB. Each 2 s.\n- 10 requests per second";
        let found: Vec<(LimitOf, String)> =
            find_all(text).into_iter().map(|limit| (limit.of, limit.sentence)).collect();
        let want = [
            (LimitOf::Items(100), "Up to 100 users per request (e.g. by id)."),
            (LimitOf::Bytes, "At most 5 MB."),
            (LimitOf::Rate, "10 requests per second"),
        ];
        assert_eq!(found, want.map(|(of, sentence)| (of, sentence.to_owned())));
        let long = format!("{} at most 7 of them {}", "word ".repeat(40), "more ".repeat(40));
        let quoted = &find_all(&long)[0].sentence;
        assert!(
            quoted.starts_with("…word") && quoted.ends_with("more…") && quoted.contains("at most 7 of them"),
            "{quoted}"
        );
    }
}
