//! `rate = "100/10s"`: the documented quota.

use crate::args::{Word, WordValue};
use crate::diagnostics::Diagnostics;
use crate::expression::string_of;
use crate::model::RequestRate;
use crate::rules::Rule;

const HOW: &str = "`rate` is the documented quota: so many requests in a time, as `rate = \"100/10s\"`, or so many items, as `rate = \"600 items/1s\"`";

/// The quota behind `rate =`.
pub(super) fn check_rate(word: &Word, diagnostics: &Diagnostics) -> Option<RequestRate> {
    let WordValue::Equals(value) = &word.value else {
        diagnostics.error(Rule::Rate, word, HOW);
        return None;
    };
    let Some(text) = string_of(value) else {
        diagnostics.error(Rule::Rate, value, HOW);
        return None;
    };
    let rate = parse(&text.value());
    if let Err(why) = &rate {
        diagnostics.error(Rule::Rate, &text, format_args!("{why}: {HOW}"));
    }
    rate.ok()
}

fn parse(text: &str) -> Result<RequestRate, String> {
    let (count, per) = text.split_once('/').ok_or("there is no `/` in it")?;
    // A number alone counts requests.
    let (count, items) = match count.trim().split_once(' ') {
        Some((count, unit)) if unit.trim() == "items" => (count, true),
        Some((count, unit)) if unit.trim() == "requests" => (count, false),
        Some((_, unit)) => return Err(format!("`{}` are counted by nobody", unit.trim())),
        None => (count.trim(), false),
    };
    let count: usize = count.parse().map_err(|_| format!("`{count}` is no whole number"))?;
    let per_ms = milliseconds(per.trim())?;
    if count == 0 || per_ms == 0 {
        return Err("a quota of nothing lets nothing leave".to_owned());
    }
    Ok(RequestRate { count, items, per_ms })
}

fn milliseconds(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    // `5/min` is short for `5/1min`.
    let number: u64 = if digits.is_empty() { 1 } else { digits.parse().map_err(|_| format!("`{text}` is no time"))? };
    let unit = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1_000,
        "min" | "m" => 60_000,
        "h" => 3_600_000,
        "" => return Err(format!("`{text}` has no unit of time: `ms`, `s`, `min`, `h` are some")),
        other => return Err(format!("`{other}` is no unit of time: `ms`, `s`, `min`, `h` are")),
    };
    number.checked_mul(unit).ok_or_else(|| format!("`{text}` is too long a time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas() {
        let rate = |count, items, per_ms| Some(RequestRate { count, items, per_ms });
        for (text, want) in [
            ("100/10s", rate(100, false, 10_000)),
            ("600 items/1s", rate(600, true, 1_000)),
            ("5 requests / min", rate(5, false, 60_000)),
            ("1/500ms", rate(1, false, 500)),
            ("7/2h", rate(7, false, 7_200_000)),
            ("0/1s", None),
            ("1/0s", None),
            ("100", None),
            ("100/10", None),
            ("x/1s", None),
            ("9 apples/1s", None),
            ("1/99999999999999999999h", None),
        ] {
            assert_eq!(parse(text).ok(), want, "{text}");
        }
    }
}
