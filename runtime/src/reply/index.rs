//! Keys that are positions in the request.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Serialize};

use super::detail::Detail;
use super::element::{Address, ItemReply};
use super::failure::Listed;
use super::key::{MatchesKey, ReplyKey};
use super::key_index::KeyIndex;
use super::shape::ElementShape;

/// A key of a response that is the item's place in the request, counted from `BASE`: `Index<0>`, `Index<1>`.
///
/// It is read from a number, or from a string of digits, as the keys of a JSON object are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Index<const BASE: usize>(pub usize);

impl<const BASE: usize> Index<BASE> {
    /// The place, counted from 0; `None` below the base.
    pub fn position(self) -> Option<usize> {
        self.0.checked_sub(BASE)
    }
}

impl<'de, const BASE: usize> Deserialize<'de> for Index<BASE> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ElementPosition;
        impl Visitor<'_> for ElementPosition {
            type Value = usize;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a place in the request, as a whole number")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<usize, E> {
                number.try_into().map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
            }

            fn visit_str<E: de::Error>(self, digits: &str) -> Result<usize, E> {
                let number: Option<usize> = digits.parse().ok();
                // As a number is written: `+2` and `02` are something else.
                number
                    .filter(|number| number.to_string() == digits)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(digits), &self))
            }
        }
        deserializer.deserialize_any(ElementPosition).map(Index)
    }
}

impl<const BASE: usize> ReplyKey for Index<BASE> {
    type Or<Other: ReplyKey> = Other;
}

impl<K, const BASE: usize> MatchesKey<K> for Index<BASE> {
    fn find(&self, names: &dyn KeyIndex<K>, _: usize) -> Option<usize> {
        names.find_position(None, self.position()?)
    }

    fn find_raw(raw: &str, names: &dyn KeyIndex<K>, near: usize) -> Option<usize> {
        serde_json::from_str::<Self>(raw).ok()?.find(names, near)
    }
}

/// Nothing but the place.
impl<const BASE: usize> Detail for Index<BASE> {}

impl<const BASE: usize> ItemReply for Index<BASE> {
    type Key = Self;
    type Success = ();
    type Failure = Listed;
    const SHAPE: ElementShape = ElementShape::bare();

    fn address(&self) -> Address<'_, Self> {
        Address::Key(Cow::Borrowed(self))
    }

    fn into_success(self) {}

    fn into_failure(self, list: &'static str) -> Listed {
        Listed { list }
    }
}
