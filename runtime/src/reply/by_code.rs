//! JSON objects that list items by the code of their failure.

use std::borrow::Cow;
use std::sync::Arc;

use serde::de::{DeserializeOwned, Deserializer};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::detail::Detail;
use super::element::{Address, ElementList, ItemReply};
use super::failure::{Failure, IntoFailure};
use super::key::ReplyKey;
use super::pairs::Pairs;
use super::shape::ElementShape;

/// A JSON object that lists items by the code of their failure: `{"not_found": ["a", "b"], "forbidden": ["c"]}`.
///
/// The name of a member is the code, and its value is the list of keys. The failure of each item is an [`InCode`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByCode<K>(pub Vec<InCode<K>>);

/// The items with one code, of a [`ByCode`]: `"not_found": ["a", "b"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InCode<K> {
    /// The code.
    pub code: String,
    /// The keys of the items.
    pub keys: Vec<K>,
}

/// Empty, for every `K`: for `#[serde(default)]` on a field that a response may leave out.
impl<K> Default for ByCode<K> {
    fn default() -> Self {
        ByCode(Vec::new())
    }
}

impl<'de, K: DeserializeOwned> Deserialize<'de> for ByCode<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Pairs(pairs) = Pairs::<String, Vec<K>>::deserialize(deserializer)?;
        Ok(ByCode(pairs.into_iter().map(|(code, keys)| InCode { code, keys }).collect()))
    }
}

impl<K: Serialize> Serialize for ByCode<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|InCode { code, keys }| (code, keys)))
    }
}

/// Read from `[code, keys]`: the collector hands on the members of an object in this form.
impl<'de, K: DeserializeOwned> Deserialize<'de> for InCode<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (code, keys) = <(String, Vec<K>)>::deserialize(deserializer)?;
        Ok(InCode { code, keys })
    }
}

impl<K: Serialize> Serialize for InCode<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.code, &self.keys).serialize(serializer)
    }
}

impl<K: Send + Sync + 'static> Detail for InCode<K> {
    fn code(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.code))
    }
}

impl<K: Send + Sync + 'static> Failure for InCode<K> {
    type Or<Other: Failure> = Self;
}

impl<K> IntoFailure<InCode<K>> for InCode<K> {
    fn convert_failure(this: Arc<Self>) -> Arc<Self> {
        this
    }
}

impl<K: ReplyKey + DeserializeOwned> ItemReply for InCode<K> {
    type Key = K;
    type Success = ();
    type Failure = Self;
    const SHAPE: ElementShape = ElementShape::in_code();

    fn address(&self) -> Address<'_, K> {
        Address::Keys(&self.keys)
    }

    fn into_success(self) {}

    fn into_failure(self, _: &'static str) -> Self {
        self
    }
}

impl<K: ReplyKey + DeserializeOwned> ElementList for ByCode<K> {
    type Element = InCode<K>;
}
