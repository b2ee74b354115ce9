//! JSON objects whose one name is an HTTP status.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde::de::{DeserializeOwned, Deserializer, Error};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::codes::Codes;
use super::detail::Detail;
use super::element::{Address, HasVerdict, ItemReply};
use super::failure::{Failure, IntoFailure};
use super::key::NoKey;
use super::pairs::Pairs;
use super::shape::ElementShape;
use super::verdict::Verdict;

/// A JSON object whose one name is the HTTP status of an item, and whose value is the item's body: `{"200": {…}}`, `{"404": {…}}`.
///
/// In a list, `Vec<ByStatus<V>>`, its position names the item. In an element with a key it is a field with `#[bulk(status, nested)]`, or the
/// value of [`Pairs`](crate::Pairs). Code, message and delay are those of `V`: use `serde_json::Value` if it has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByStatus<V> {
    /// The status.
    pub status: u16,
    /// What is under it.
    pub body: V,
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for ByStatus<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Pairs(mut pairs) = Pairs::<String, V>::deserialize(deserializer)?;
        let (Some((name, body)), true) = (pairs.pop(), pairs.is_empty()) else {
            return Err(D::Error::custom("expected an object with one name, an HTTP status"));
        };
        // `parse` would also read `+200`, which no server writes for a status.
        let status = name.parse().ok().filter(|status| Verdict::of(*status).is_some() && name.len() == 3);
        status
            .map(|status| ByStatus { status, body })
            .ok_or_else(|| D::Error::custom(format_args!("expected an HTTP status as the name, found `{name}`")))
    }
}

impl<V: Serialize> Serialize for ByStatus<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.status, &self.body)])
    }
}

/// The status is the verdict. The other details are those of the value.
impl<V: Detail> Detail for ByStatus<V> {
    const FROM_ARRAY: bool = false;
    const CODES: Codes = V::CODES.with_status();

    fn verdict(&self) -> Option<Verdict> {
        Verdict::of(self.status)
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.body.code()
    }

    fn message(&self) -> Option<Cow<'_, str>> {
        self.body.message()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.body.retry_after()
    }

    fn retries(&self) -> Option<bool> {
        self.body.retries()
    }
}

#[diagnostic::do_not_recommend]
impl<V: Detail> HasVerdict for ByStatus<V> {}

impl<V: Detail> Failure for ByStatus<V> {
    type Or<Other: Failure> = Self;
}

#[diagnostic::do_not_recommend]
impl<V> IntoFailure<ByStatus<V>> for ByStatus<V> {
    fn convert_failure(this: Arc<Self>) -> Arc<Self> {
        this
    }
}

/// Its position names the item.
impl<V: Detail + DeserializeOwned> ItemReply for ByStatus<V> {
    type Key = NoKey;
    type Success = Arc<Self>;
    type Failure = Self;
    const SHAPE: ElementShape = ElementShape::positional();

    fn address(&self) -> Address<'_, NoKey> {
        Address::Position
    }

    fn into_success(self) -> Arc<Self> {
        Arc::new(self)
    }

    fn into_failure(self, _: &'static str) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_name_is_the_status() {
        let read = |json: &str| serde_json::from_str::<ByStatus<String>>(json).ok();
        let gone = read(r#"{"404": "gone"}"#).unwrap();
        assert_eq!((gone.verdict(), gone.message().as_deref()), (Some(Verdict::Http(404)), Some("gone")));
        assert_eq!(serde_json::to_string(&gone).unwrap(), r#"{"404":"gone"}"#);
        for other in [r#"{}"#, r#"{"200": "a", "404": "b"}"#, r#"{"200": 7}"#, r#"{"+200": "a"}"#, r#"{"0200": "a"}"#] {
            assert_eq!(read(other), None, "{other}");
        }
        assert_eq!((read(r#"{"99": "a"}"#), read(r#"{"600": "a"}"#), read(r#"{"ok": "a"}"#)), (None, None, None));
    }

    struct Later;

    impl Detail for Later {
        fn retry_after(&self) -> Option<Duration> {
            Some(Duration::from_secs(7))
        }
        fn retries(&self) -> Option<bool> {
            Some(false)
        }
    }

    #[test]
    fn what_is_not_the_status_is_that_of_the_body() {
        let busy = ByStatus { status: 503, body: Later };
        assert_eq!((busy.retry_after(), busy.retries()), (Some(Duration::from_secs(7)), Some(false)));
        assert_eq!((busy.code(), busy.message()), (None, None));
    }
}
