//! Numbers that some vendors write as strings: `404` and `"404"`.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// An HTTP status of an item, written as a number or as a string: `404`, and `"404"` as SCIM writes it.
///
/// A number outside of 100 to 599 has no verdict. A string of anything but digits is not of this type: for words such as `"ok"`, derive
/// [`Status`](macro@crate::Status) for an enum.
///
/// ```
/// use bulk_endpoint::{HttpStatus, ItemReply};
/// use serde::Deserialize;
///
/// #[derive(Deserialize, ItemReply)]
/// struct Response {
///     #[bulk(key)]
///     id: String,
///     #[bulk(status)]
///     status: HttpStatus,
/// }
///
/// let response: Response = serde_json::from_str(r#"{"id": "a", "status": "404"}"#)?;
/// assert_eq!(response.status, HttpStatus(404));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct HttpStatus(pub u16);

impl<'de> Deserialize<'de> for HttpStatus {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = whole_number(from)?;
        number.try_into().map(HttpStatus).map_err(|_| D::Error::custom(format_args!("{number} is not an HTTP status")))
    }
}

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for HttpStatus {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "HttpStatus".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["integer", "string"], "pattern": "^[0-9]+$" })
    }
}

/// Reads a whole number, from a JSON number or from a string of digits.
pub(crate) fn whole_number<'de, D: Deserializer<'de>>(from: D) -> Result<i128, D::Error> {
    struct Number;
    impl Visitor<'_> for Number {
        type Value = i128;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number, or a string with one")
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<i128, E> {
            Ok(number.into())
        }

        fn visit_i64<E: Error>(self, number: i64) -> Result<i128, E> {
            Ok(number.into())
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<i128, E> {
            // `parse` would also read `+3` and `00200`, which are no numbers in JSON.
            let number = text.parse::<i128>().ok().filter(|number| number.to_string() == text);
            number.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
        }
    }
    from.deserialize_any(Number)
}

/// A number as [`whole_number`] reads it.
pub(crate) struct WholeNumber(pub(crate) i128);

impl<'de> Deserialize<'de> for WholeNumber {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        whole_number(from).map(WholeNumber)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_from_a_number_or_from_digits() {
        for (json, want) in [
            ("404", Some(404)),
            ("\"404\"", Some(404)),
            ("0", Some(0)),
            ("\"0\"", Some(0)),
            ("-3", Some(-3)),
            ("\"-3\"", Some(-3)),
            ("18446744073709551615", Some(18_446_744_073_709_551_615)),
            ("\"ok\"", None),
            ("\"\"", None),
            ("\"+3\"", None),
            ("\"00200\"", None),
            ("\" 3\"", None),
            ("2.5", None),
            ("true", None),
            ("null", None),
        ] {
            let number: Option<WholeNumber> = serde_json::from_str::<WholeNumber>(json).ok();
            assert_eq!(number.map(|number| number.0), want, "{json}");
        }
        assert!(serde_json::from_str::<HttpStatus>("70000").is_err());
        assert_eq!(serde_json::to_string(&HttpStatus(404)).unwrap(), "404");
    }
}
