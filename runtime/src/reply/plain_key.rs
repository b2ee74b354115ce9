//! Elements that are only a key, strings and integers: `{"done": ["a", "b"]}`.

use std::borrow::Cow;

use super::detail::Detail;
use super::element::{Address, ItemReply};
use super::failure::Listed;
use super::shape::ElementShape;
use crate::item::IgnoreCase;

macro_rules! plain_keys {
    ($($ty:ty),*) => {$(
        impl ItemReply for $ty {
            type Key = $ty;
            type Success = ();
            type Failure = Listed;
            const SHAPE: ElementShape = ElementShape::bare();
            fn address(&self) -> Address<'_, $ty> {
                Address::Key(Cow::Borrowed(self))
            }
            fn into_success(self) {}
            fn into_failure(self, list: &'static str) -> Listed {
                Listed { list }
            }
        }
    )*};
}

plain_keys!(String, IgnoreCase, u8, u16, u32, u64, u128, i8, i16, i32, i64, i128, usize, isize);

/// The element is only a key: it has no verdict, code or message.
impl Detail for IgnoreCase {}

macro_rules! integer_details {
    ($($ty:ty),*) => {$(
        /// A bare number is a code: `{"errors": {"a": 404}}`.
        impl Detail for $ty {
            fn code(&self) -> Option<Cow<'_, str>> {
                Some(Cow::Owned(self.to_string()))
            }
        }
    )*};
}

integer_details!(u8, u16, u32, u64, u128, i8, i16, i32, i64, i128, usize, isize);
