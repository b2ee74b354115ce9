//! The `Retry-After` header (RFC 9110, section 10.2.3).

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue};

use crate::reply::whole_units;

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
    fn a_date_without_the_servers_own_says_nothing() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "Sun, 06 Nov 2094 08:49:37 GMT".parse().unwrap());
        assert_eq!(retry_after(&headers), None);
    }
}
