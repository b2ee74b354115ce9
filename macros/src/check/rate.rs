//! `rate = "100/10s"`: the documented quota.

use crate::args::{Word, WordValue};
use crate::diagnostics::Diagnostics;
use crate::expression::string_of;
use crate::model::RequestRate;
use crate::rules::Rule;

const FORMS: &str =
    "write requests per time, such as `rate = \"100/10s\"`, or items per time, such as `rate = \"600 items/1s\"`";

/// The quota after `rate =`.
pub(super) fn check_rate(word: &Word, diagnostics: &Diagnostics) -> Option<RequestRate> {
    let WordValue::Equals(value) = &word.value else {
        diagnostics.error(Rule::Rate, word, format_args!("expected a quota: {FORMS}"));
        return None;
    };
    let Some(text) = string_of(value) else {
        diagnostics.error(Rule::Rate, value, format_args!("expected a quota as a string: {FORMS}"));
        return None;
    };
    let rate = parse(&text.value());
    if let Err(why) = &rate {
        diagnostics.error(Rule::Rate, &text, format_args!("{why}; {FORMS}"));
    }
    rate.ok()
}

fn parse(text: &str) -> Result<RequestRate, String> {
    let (count, per) = text.split_once('/').ok_or("missing `/` between number and time")?;
    // A number alone counts requests.
    let (count, items) = match count.trim().split_once(' ') {
        Some((count, unit)) if unit.trim() == "items" => (count, true),
        Some((count, unit)) if unit.trim() == "requests" => (count, false),
        Some((_, unit)) => return Err(format!("expected `items` or `requests`, found `{}`", unit.trim())),
        None => (count.trim(), false),
    };
    let count: usize = count.parse().map_err(|_| format!("expected a whole number, found `{count}`"))?;
    let per_ms = milliseconds(per.trim())?;
    if count == 0 || per_ms == 0 {
        return Err("the number and the time must be at least 1, found 0".to_owned());
    }
    Ok(RequestRate { count, items, per_ms })
}

/// A time such as `10s` or `24h`.
pub(super) fn milliseconds(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    // `5/min` is short for `5/1min`.
    let number: u64 =
        if digits.is_empty() { 1 } else { digits.parse().map_err(|_| format!("expected a time, found `{text}`"))? };
    let unit = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1_000,
        "min" | "m" => 60_000,
        "h" => 3_600_000,
        "" => return Err(format!("missing time unit in `{text}`: expected `ms`, `s`, `min` or `h`")),
        other => return Err(format!("unknown time unit `{other}`: expected `ms`, `s`, `min` or `h`")),
    };
    number.checked_mul(unit).ok_or_else(|| format!("the time `{text}` is too long"))
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
