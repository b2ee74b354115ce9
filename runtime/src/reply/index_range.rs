//! Positions that stand for many items: all from one on, or all before one.

use serde::{Deserialize, Deserializer, Serialize};

use super::detail::Detail;
use super::element::{Address, ElementList, ItemReply};
use super::failure::Listed;
use super::index::Index;
use super::shape::{ElementShape, KeySource};

/// A position of the request that stands for the items from there to the end, counted from `BASE`: the `8` in `{"tooNewFrom": 8}`.
///
/// It is the type of a field with `#[bulk(failed)]` or another role that means a list, `Option<StartIndex<0>>` if the response can leave it
/// out. The failure of each item is a [`Listed`], whose code is the name of the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct StartIndex<const BASE: usize>(pub usize);

/// A position of the request that stands for the items before it, counted from `BASE`: the `2` in `{"tooOldUntil": 2}` for the first two.
///
/// The item at the position itself is not among them. It is used as [`StartIndex`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct EndIndex<const BASE: usize>(pub usize);

macro_rules! index_range {
    ($ty:ident, $source:ident, |$position:ident| $range:expr) => {
        impl<'de, const BASE: usize> Deserialize<'de> for $ty<BASE> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let index = Index::<BASE>::deserialize(deserializer)?;
                let is_below = || serde::de::Error::custom(format_args!("the first position is {BASE}"));
                index.position().map(|_| $ty(index.0)).ok_or_else(is_below)
            }
        }

        /// It is only positions: it has no verdict, code or message.
        impl<const BASE: usize> Detail for $ty<BASE> {}

        impl<const BASE: usize> ItemReply for $ty<BASE> {
            type Key = Index<BASE>;
            type Success = ();
            type Failure = Listed;
            const SHAPE: ElementShape = ElementShape::range(KeySource::$source(BASE));

            fn address(&self) -> Address<'_, Index<BASE>> {
                let $position = self.0.saturating_sub(BASE);
                $range
            }

            fn into_success(self) {}

            fn into_failure(self, list: &'static str) -> Listed {
                Listed { list }
            }
        }

        /// In place of a list of the items.
        impl<const BASE: usize> ElementList for $ty<BASE> {
            type Element = Self;
            const SHAPE: ElementShape = <Self as ItemReply>::SHAPE.single();
        }
    };
}

index_range!(StartIndex, From, |position| Address::Range { start: position, end: None });
index_range!(EndIndex, Until, |position| Address::Range { start: 0, end: Some(position) });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_stands_for_the_items_from_it_or_before_it() {
        let start =
            |json: &str| serde_json::from_str::<StartIndex<1>>(json).ok().and_then(|index| index.address().span());
        let end = |json: &str| serde_json::from_str::<EndIndex<0>>(json).ok().and_then(|index| index.address().span());
        assert_eq!((start("1"), start("\"3\"")), (Some((0, None)), Some((2, None))));
        assert_eq!((start("0"), start("-1"), start("1.5"), start("\"x\"")), (None, None, None, None));
        assert_eq!((end("0"), end("2")), (Some((0, Some(0))), Some((0, Some(2)))));
        assert_eq!(StartIndex::<0>(7).into_failure("tooNew").list, "tooNew");
    }

    impl<K: Clone> Address<'_, K> {
        fn span(&self) -> Option<(usize, Option<usize>)> {
            match self {
                Address::Range { start, end } => Some((*start, *end)),
                _ => None,
            }
        }
    }
}
