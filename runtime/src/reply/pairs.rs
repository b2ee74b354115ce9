//! JSON objects used as lists: the name of a member is the key of an item.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use serde::de::{self, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeTuple, Serializer};
use serde::{Deserialize, Serialize};

use super::bulk_reply::{BulkReply, CollectorOf, PerItem};
use super::codes::Codes;
use super::decode_error::DecodeError;
use super::detail::Detail;
use super::element::{Address, ElementList, HasVerdict, ItemReply};
use super::failure::{Failure, IntoFailure};
use super::key::ReplyKey;
use super::response::RawResponse;
use super::shape::{BodyShape, ElementShape, ReplyShape, Role};
use super::verdict::Verdict;

/// A JSON object used as a list: `{"id1": {"status": 200}, "id2": {"status": 404}}`.
///
/// The name of a member is the key of an item, and its value is a `V`: a string (a message), or a type that derives
/// [`ItemReply`](macro@crate::ItemReply) without a key. Unlike a map, it keeps both members of `{"id1": …, "id1": …}`, so that a
/// contradiction is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairs<K, V>(pub Vec<(K, V)>);

/// Empty, for every `K` and `V`: for `#[serde(default)]` on a field that a response may leave out.
impl<K, V> Default for Pairs<K, V> {
    fn default() -> Self {
        Pairs(Vec::new())
    }
}

/// One member of [`Pairs`]: `"id1": {…}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair<K, V> {
    /// The key of the item.
    pub key: K,
    /// The value: what the response says about the item.
    pub value: V,
}

impl<'de, K: DeserializeOwned, V: Deserialize<'de>> Deserialize<'de> for Pairs<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<K, V>(PhantomData<fn() -> (K, V)>);
        impl<'de, K: DeserializeOwned, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
            type Value = Vec<(K, V)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, V>()? {
                    entries.push((parse_key(&key).map_err(de::Error::custom)?, value));
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_map(Entries(PhantomData)).map(Pairs)
    }
}

impl<K: Serialize, V: Serialize> Serialize for Pairs<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// Reads the name of a member as a key. JSON names are strings, so `{"42": …}` may have the key `"42"` or `42`.
fn parse_key<K: DeserializeOwned>(key: &str) -> Result<K, serde_json::Error> {
    let quoted = serde_json::Value::from(key);
    K::deserialize(quoted).or_else(|error| serde_json::from_str(key).map_err(|_| error))
}

/// Read from `[key, value]`, where the key is a string: the collector hands on the members of an object in this form.
impl<'de, K: DeserializeOwned, V: Deserialize<'de>> Deserialize<'de> for Pair<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Both<K, V>(PhantomData<fn() -> (K, V)>);
        impl<'de, K: DeserializeOwned, V: Deserialize<'de>> Visitor<'de> for Both<K, V> {
            type Value = Pair<K, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key and its value")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let key: String = seq.next_element()?.ok_or_else(|| de::Error::custom("no key"))?;
                let value = seq.next_element()?.ok_or_else(|| de::Error::custom("no value"))?;
                Ok(Pair { key: parse_key(&key).map_err(de::Error::custom)?, value })
            }
        }
        deserializer.deserialize_tuple(2, Both(PhantomData))
    }
}

impl<K: Serialize, V: Serialize> Serialize for Pair<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_tuple(2)?;
        pair.serialize_element(&self.key)?;
        pair.serialize_element(&self.value)?;
        pair.end()
    }
}

/// Errors by the name of a field, `{"email": {"code": "invalid"}}`. The first value with a verdict, code or message gives it; the delay
/// is the longest.
impl<K: Send + Sync + 'static, V: Detail> Detail for Pairs<K, V> {
    const CODES: Codes = V::CODES;

    fn verdict(&self) -> Option<Verdict> {
        self.0.iter().find_map(|(_, value)| value.verdict())
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.0.iter().find_map(|(_, value)| value.code())
    }

    fn message(&self) -> Option<Cow<'_, str>> {
        self.0.iter().find_map(|(_, value)| value.message())
    }

    fn retry_after(&self) -> Option<Duration> {
        self.0.iter().filter_map(|(_, value)| value.retry_after()).max()
    }

    fn retries(&self) -> Option<bool> {
        self.0.iter().find_map(|(_, value)| value.retries())
    }
}

/// The details are those of the value.
impl<K: Send + Sync + 'static, V: Detail> Detail for Pair<K, V> {
    const FROM_ARRAY: bool = V::FROM_ARRAY;
    const CODES: Codes = V::CODES;

    fn verdict(&self) -> Option<Verdict> {
        self.value.verdict()
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.value.code()
    }

    fn message(&self) -> Option<Cow<'_, str>> {
        self.value.message()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.value.retry_after()
    }

    fn retries(&self) -> Option<bool> {
        self.value.retries()
    }
}

impl<K: Send + Sync + 'static, V: Detail> Failure for Pair<K, V> {
    type Or<Other: Failure> = Self;
}

impl<K, V> IntoFailure<Pair<K, V>> for Pair<K, V> {
    fn convert_failure(this: Arc<Self>) -> Arc<Self> {
        this
    }
}

impl<K: ReplyKey + DeserializeOwned, V: Detail + DeserializeOwned> ItemReply for Pair<K, V> {
    type Key = K;
    type Success = Arc<V>;
    type Failure = Self;
    const SHAPE: ElementShape = ElementShape::member();

    fn address(&self) -> Address<'_, K> {
        Address::Key(Cow::Borrowed(&self.key))
    }

    fn into_success(self) -> Arc<V> {
        Arc::new(self.value)
    }

    fn into_failure(self, _: &'static str) -> Self {
        self
    }
}

impl<K: ReplyKey + DeserializeOwned, V: HasVerdict + DeserializeOwned> HasVerdict for Pair<K, V> {}

impl<K: ReplyKey + DeserializeOwned, V: Detail + DeserializeOwned> ElementList for Pairs<K, V> {
    type Element = Pair<K, V>;
}

/// The body is one object, with a member for each item.
impl<K: ReplyKey + DeserializeOwned, V: HasVerdict + DeserializeOwned> BulkReply for Pairs<K, V> {
    type Key = K;
    type Success = Arc<V>;
    type Failure = Pair<K, V>;
    const SHAPE: ReplyShape = ReplyShape::new(BodyShape::List { role: Role::Results, element: ElementShape::member() });

    fn read(response: &RawResponse<'_>, collector: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError> {
        collector.results_in_body::<Self>(response.body()?);
        Ok(())
    }
}

impl<K: ReplyKey + DeserializeOwned, V: HasVerdict + DeserializeOwned> PerItem for Pairs<K, V> {}
