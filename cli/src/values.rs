//! Values of flags: times, numbers, outcomes.

use std::num::NonZeroUsize;
use std::time::Duration;

use bulk_endpoint::OutcomeKind;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// Parses a time such as `30`, `0.5s`, `10min` or `2h`. Without a unit it is in seconds.
///
/// # Errors
///
/// It is no such time, or it is zero.
pub fn duration(text: &str) -> Result<Duration, String> {
    let expected = "expected a time such as 30, 0.5s, 10min or 2h";
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len()));
    let seconds = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        _ => return Err(expected.into()),
    };
    let number: f64 = number.trim().parse().map_err(|_| expected.to_owned())?;
    match Duration::try_from_secs_f64(number * seconds) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err(format!("{expected}, greater than 0")),
    }
}

/// Parses a number of items.
pub(crate) fn whole(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "expected a whole number, such as 100".to_owned())
}

/// Parses a number that is not 0.
pub(crate) fn at_least_one(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "expected a whole number from 1, such as 8".to_owned())
}

/// Parses the name of an outcome. Shells complete it.
pub(crate) fn outcome() -> impl TypedValueParser<Value = OutcomeKind> {
    let name = |kind: OutcomeKind| PossibleValue::new(kind.as_str()).alias(kind.as_str().replace('_', "-"));
    PossibleValuesParser::new(OutcomeKind::ALL.map(name)).try_map(|text| {
        let known = OutcomeKind::ALL.into_iter().find(|kind| kind.as_str() == text.replace('-', "_"));
        known.ok_or("expected an outcome")
    })
}

/// Parses a header, `Name: value`. A credential has no place on a command line, where others see it.
pub(crate) fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("expected a header such as `X-Name: value`")?;
    let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
    let is_secret = ["authorization", "proxy-authorization", "cookie"].contains(&name.to_ascii_lowercase().as_str());
    if is_secret {
        return Err(format!("others see `{name}` on a command line; use --token-file or the environment"));
    }
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, want) in [
            ("30", Some(30_000)),
            ("0.5s", Some(500)),
            ("250ms", Some(250)),
            ("10min", Some(600_000)),
            ("2h", Some(7_200_000)),
            ("0", None),
            ("-1", None),
            ("soon", None),
            ("1d", None),
            ("inf", None),
        ] {
            assert_eq!(duration(text).ok(), want.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn outcomes_and_headers() {
        let outcome = |text: &str| outcome().parse_ref(&clap::Command::new("post"), None, text.as_ref());
        assert_eq!(outcome("not-attempted").unwrap(), OutcomeKind::NotAttempted);
        assert_eq!(outcome("not_attempted").unwrap(), OutcomeKind::NotAttempted);
        assert!(outcome("done").is_err());
        assert_eq!(header("X-A: b:c"), Ok(("X-A".into(), "b:c".into())));
        assert!(header("Authorization: Bearer x").unwrap_err().contains("--token-file"));
        assert!(header("X-A").is_err());
    }
}
