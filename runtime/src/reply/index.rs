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

/// A key of a response that is the position of the item in the request, counted from `BASE`: `Index<0>` or `Index<1>`.
///
/// It stands for the `3` in `{"index": 3, "error": …}`. It is read from an integer, or from a string of digits, because the names in a
/// JSON object are strings: `{"3": {"error": …}}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Index<const BASE: usize>(pub usize);

impl<const BASE: usize> Index<BASE> {
    /// Returns the position, counted from 0; `None` if the number is below `BASE`.
    pub fn position(self) -> Option<usize> {
        self.0.checked_sub(BASE)
    }
}

impl<'de, const BASE: usize> Deserialize<'de> for Index<BASE> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PositionVisitor;
        impl Visitor<'_> for PositionVisitor {
            type Value = usize;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a position in the request, as an integer")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<usize, E> {
                number.try_into().map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
            }

            fn visit_str<E: de::Error>(self, digits: &str) -> Result<usize, E> {
                let number: Option<usize> = digits.parse().ok();
                // `str::parse` accepts `+2` and `02`, which no server writes for the position 2.
                number
                    .filter(|number| number.to_string() == digits)
                    .ok_or_else(|| E::invalid_value(de::Unexpected::Str(digits), &self))
            }
        }
        deserializer.deserialize_any(PositionVisitor).map(Index)
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

/// The element is only a position: it has no verdict, code or message.
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
