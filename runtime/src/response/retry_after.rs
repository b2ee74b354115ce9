//! The delay that a response requests: the `Retry-After` header (RFC 9110, section 10.2.3), and the places that a declaration adds.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};

use crate::reply::{DelayAt, DelayUnit, RawResponse, find_field, whole_units};

/// Returns the delay that the server requests: the longest, if a server and a proxy before it both ask for one.
///
/// Each value is a number of seconds, rounded up, or a date. A date is measured from the `Date` of the same response, so that the clocks of
/// client and server need not agree. If the server sends no `Date`, the [transport](crate::transport::Transport) adds it; without one, a
/// date counts as absent. A date in the past is a delay of zero. A negative number and any other text count as absent.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get_all(RETRY_AFTER).iter().filter_map(|value| delay(value, headers)).max()
}

fn delay(value: &HeaderValue, headers: &HeaderMap) -> Option<Duration> {
    if let Some(seconds) = whole_units(value.to_str().ok()?) {
        return Some(Duration::from_secs(seconds));
    }
    let (until, sent) = (http_date(value)?, http_date(headers.get(DATE)?)?);
    Some(until.duration_since(sent).unwrap_or(Duration::ZERO))
}

/// Returns the longest delay that a response has in the declared places.
pub(crate) fn declared_delay<'d>(
    response: &RawResponse<'_>,
    places: impl IntoIterator<Item = &'d DelayAt>,
) -> Option<Duration> {
    let delay = |place: &DelayAt| {
        let (text, unit) = match place {
            DelayAt::Header { name, unit } => (response.header(name)?.to_owned(), unit),
            DelayAt::Field { names, unit } => (find_field(response, names)?.get().trim_matches('"').to_owned(), unit),
        };
        let units = whole_units(&text)?;
        Some(match unit {
            DelayUnit::Seconds => Duration::from_secs(units),
            DelayUnit::Milliseconds => Duration::from_millis(units),
            DelayUnit::Epoch => {
                let sent = http_date(response.headers().get(DATE)?)?.duration_since(UNIX_EPOCH).ok()?;
                Duration::from_secs(units.saturating_sub(sent.as_secs()))
            }
        })
    };
    places.into_iter().filter_map(delay).max()
}

/// Reads a date. The zone is always UTC. RFC 9110 spells it `GMT`; some servers write `UTC` or `+0000`.
fn http_date(value: &HeaderValue) -> Option<SystemTime> {
    let text = value.to_str().ok()?.trim();
    let zone_cut = text.strip_suffix("UTC").or_else(|| text.strip_suffix("+0000"));
    let text = zone_cut.map_or(Cow::Borrowed(text), |start| Cow::Owned(format!("{start}GMT")));
    httpdate::parse_http_date(&text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Header values: any bytes, and texts that are almost a number or a date.
    fn values() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            vec(any::<u8>(), 0..40),
            "[ \t]{0,2}[-+]?[0-9]{0,30}(\\.[0-9]{0,3})?[ \t]{0,2}".prop_map(String::into_bytes),
            "(Mon|Sun|Xxx), [0-9]{1,2} (Feb|Nov|Foo) [0-9]{1,5} [0-9]{2}:[0-9]{2}:[0-9]{2} (GMT|UTC|\\+0000)"
                .prop_map(String::into_bytes),
            "(Sunday|Monday), [0-9]{2}-(Feb|Dec)-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT".prop_map(String::into_bytes),
            "(Sun|Mon) (Jan|Feb)  ?[0-9]{1,2} [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{4}".prop_map(String::into_bytes),
        ]
    }

    proptest! {
        #[test]
        fn no_value_is_more_than_it_says(value in values(), date in values()) {
            let (Ok(header), Ok(date)) = (HeaderValue::from_bytes(&value), HeaderValue::from_bytes(&date)) else {
                return Ok(());
            };
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, header);
            let alone = retry_after(&headers);
            let text = String::from_utf8_lossy(&value);
            let text = text.trim_matches([' ', '\t']);
            // Without a `Date` header, only a number of seconds is a delay.
            let starts = text.starts_with(|first: char| first.is_ascii_digit());
            let is_number = starts && !text.ends_with('.') && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.'));
            let number = text.parse::<f64>().ok().filter(|_| is_number);
            prop_assert_eq!(alone.is_some(), number.is_some());
            if let (Some(wait), Some(seconds)) = (alone, number) {
                // Compared as floats, which are exact up to 2^53.
                prop_assert!(wait.as_secs_f64() >= seconds.min(u64::MAX as f64), "{:?} for {}", wait, text);
                prop_assert!(wait.as_secs_f64() <= seconds.next_up() + 1.0, "{:?} for {}", wait, text);
            }
            headers.insert(DATE, date);
            let dated = retry_after(&headers);
            prop_assert!(number.is_none() || dated == alone);
        }
    }

    #[test]
    fn seconds_dates_and_nonsense() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        for (value, want) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("2.5", Some(3)),
            ("2.0", Some(2)),
            ("-2.5", None),
            ("1.5s", None),
            ("-1", None),
            ("+1", None),
            ("", None),
            ("soon", None),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:49:36 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:50:37 UTC", Some(60)),
            ("Sun, 06 Nov 1994 08:50:37 +0000", Some(60)),
            // Another zone is not guessed.
            ("Sun, 06 Nov 1994 08:50:37 +0100", None),
            ("Sun, 06 Nov 1994 08:50:37 PST", None),
            ("UTC", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            for date in [date, &date.replace("GMT", "UTC"), &date.replace("GMT", "+0000")] {
                headers.insert(DATE, date.parse().unwrap());
                assert_eq!(retry_after(&headers), want.map(Duration::from_secs), "{value:?} {date}");
            }
        }
    }

    #[test]
    fn of_several_values_the_longest_counts() {
        let date = "Sun, 06 Nov 1994 08:50:37 GMT";
        for (values, want) in [
            (["2", "30"], Some(30)),
            (["30", "2"], Some(30)),
            (["soon", "7"], Some(7)),
            (["7", "soon"], Some(7)),
            (["2", date], Some(60)),
            (["soon", "later"], None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
            headers.extend(values.map(|value| (RETRY_AFTER, value.parse().unwrap())));
            assert_eq!(retry_after(&headers), want.map(Duration::from_secs), "{values:?}");
        }
    }

    #[test]
    fn delays_in_declared_places() {
        use DelayUnit::{Epoch, Milliseconds, Seconds};
        let header = |name, unit| DelayAt::Header { name, unit };
        // 1994-11-06 08:49:37 is 784111777 s after 1970.
        let (reset, ms, field) = (
            header("x-rate-limit-reset", Epoch),
            header("x-ms-retry-after-ms", Milliseconds),
            DelayAt::Field { names: &["retry_after", "wait"], unit: Seconds },
        );
        for (place, name, value, body, want) in [
            (reset, "X-Rate-Limit-Reset", "784111807", "", Some(30_000)),
            (reset, "X-Rate-Limit-Reset", "784111807.2", "", Some(31_000)),
            (reset, "X-Rate-Limit-Reset", "784111777", "", Some(0)),
            (reset, "X-Rate-Limit-Reset", "5", "", Some(0)),
            (reset, "X-Rate-Limit-Reset", "soon", "", None),
            (reset, "X-Other", "784111807", "", None),
            (ms, "x-ms-retry-after-ms", "1500", "", Some(1_500)),
            (ms, "x-ms-retry-after-ms", "0.2", "", Some(1)),
            (ms, "x-ms-retry-after-ms", "-3", "", None),
            (field, "x-other", "1", r#"{"message": "slow down", "retry_after": 64.57}"#, Some(65_000)),
            (field, "x-other", "1", r#"{"wait": "7"}"#, Some(7_000)),
            (field, "x-other", "1", r#"{"wait": null}"#, None),
            // Also where the body was cut off behind it.
            (field, "x-other", "1", r#"{"wait": 7, "mess"#, Some(7_000)),
            (field, "x-other", "1", "<html>", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
            headers.insert(http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
            let response = RawResponse::new(429, &headers, body.as_bytes());
            assert_eq!(declared_delay(&response, [&place]), want.map(Duration::from_millis), "{name}: {value} {body}");
            // A time says nothing without the server's own, unlike a delay.
            headers.remove(DATE);
            let response = RawResponse::new(429, &headers, body.as_bytes());
            let undated = declared_delay(&response, [&place]);
            assert_eq!(undated.is_some(), want.is_some() && place != reset, "{name}: {value} {body}");
        }
        let mut headers = HeaderMap::new();
        headers.insert("x-ms-retry-after-ms", "1500".parse().unwrap());
        let both = RawResponse::new(429, &headers, br#"{"wait": 7}"#);
        assert_eq!(declared_delay(&both, [&ms, &field]), Some(Duration::from_secs(7)), "the longest");
    }

    #[test]
    fn a_date_without_the_servers_own_says_nothing() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "Sun, 06 Nov 2094 08:49:37 GMT".parse().unwrap());
        assert_eq!(retry_after(&headers), None);
    }
}
