//! The `Retry-After` header (RFC 9110, section 10.2.3).

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// Returns the delay that the server requests.
///
/// The value is a number of seconds, or a date. A date is measured from the `Date` of the same response, so that the clocks of client and
/// server need not agree; without a `Date` it counts as absent. A date in the past is a delay of zero. A fraction, a negative number and
/// any other text count as absent.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // `Retry-After: 99999999999999999999`: more seconds than a u64 holds are the longest delay, not an absent one.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let sent = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?.trim()).ok()?;
    Some(until.duration_since(sent).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Header values: any bytes, and texts that are almost a number or a date.
    fn values() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            vec(any::<u8>(), 0..40),
            "[ \t]{0,2}[-+]?[0-9]{0,30}(\\.[0-9]{0,3})?[ \t]{0,2}".prop_map(String::into_bytes),
            "(Mon|Sun|Xxx), [0-9]{1,2} (Feb|Nov|Foo) [0-9]{1,5} [0-9]{2}:[0-9]{2}:[0-9]{2} (GMT|UTC)"
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
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            prop_assert_eq!(alone.is_some(), digits);
            if let (Some(wait), Ok(seconds)) = (alone, text.parse()) {
                prop_assert_eq!(wait, Duration::from_secs(seconds));
            }
            headers.insert(DATE, date);
            let dated = retry_after(&headers);
            prop_assert!(!digits || dated == alone);
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
            ("1.5", None),
            ("-1", None),
            ("+1", None),
            ("", None),
            ("soon", None),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:49:36 GMT", Some(0)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            headers.insert(DATE, date.parse().unwrap());
            assert_eq!(retry_after(&headers), want.map(Duration::from_secs), "{value:?}");
        }
    }

    #[test]
    fn a_date_without_the_servers_own_says_nothing() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "Sun, 06 Nov 2094 08:49:37 GMT".parse().unwrap());
        assert_eq!(retry_after(&headers), None);
    }
}
