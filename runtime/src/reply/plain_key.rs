//! Elements that are only a key, strings and integers: `{"done": ["a", "b"]}`.

use std::borrow::Cow;

use super::detail::Detail;
use super::element::{Address, ItemReply};
use super::failure::Listed;
use super::shape::ElementShape;
use crate::item::{AssignedId, IgnoreCase};

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

plain_keys!(String, IgnoreCase, AssignedId, u8, u16, u32, u64, u128, i8, i16, i32, i64, i128, usize, isize);

/// The element is only a key: it has no verdict, code or message.
impl Detail for IgnoreCase {}
impl Detail for AssignedId {}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_is_a_code_and_a_bare_key_says_nothing() {
        assert_eq!((404_u16.code().as_deref(), (-1_i128).code().as_deref()), (Some("404"), Some("-1")));
        assert_eq!((404_u16.verdict(), 404_u16.message(), 404_u16.retry_after()), (None, None, None));
        let key = IgnoreCase::from("a");
        assert_eq!((key.verdict(), key.code(), key.message(), key.retry_after()), (None, None, None, None));
    }

    #[test]
    fn a_bare_key_is_its_own_address_and_fails_in_its_list() {
        let is_own = matches!("a".to_owned().address(), Address::Key(key) if *key == "a");
        assert!(is_own && matches!(7_u64.address(), Address::Key(key) if *key == 7));
        assert_eq!((7_u64.into_failure("failed").list, "a".to_owned().into_failure("rest").list), ("failed", "rest"));
    }
}
