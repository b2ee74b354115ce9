//! The types of fields with `#[bulk(code)]`, `message`, `retry_after`, `failed` and `succeeded`.

use std::borrow::Cow;
use std::time::Duration;

/// The type of a field with `#[bulk(message)]` or `#[bulk(code)]`: a string, an integer, a [`Status`](crate::Status) enum, or an `Option`
/// or `Vec` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read as text [BULK610]",
    label = "not text",
    note = "use a string, an integer, an enum that derives `bulk_endpoint::Status`, or an `Option` or `Vec` of one"
)]
pub trait AsText {
    /// Returns the text; `None` if there is none.
    fn text(&self) -> Option<Cow<'_, str>>;
}

#[diagnostic::do_not_recommend]
impl AsText for String {
    fn text(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

#[diagnostic::do_not_recommend]
impl<T: AsText> AsText for Option<T> {
    fn text(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(T::text)
    }
}

/// The text of the first element that has one.
#[diagnostic::do_not_recommend]
impl<T: AsText> AsText for Vec<T> {
    fn text(&self) -> Option<Cow<'_, str>> {
        self.iter().find_map(T::text)
    }
}

/// The type of a field with `#[bulk(failed)]` or `#[bulk(succeeded)]` in an element: its presence is the verdict.
///
/// `{"id": "a", "errors": []}` is done, `{"id": "b", "errors": ["gone"]}` failed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not show whether a value is present [BULK613]",
    label = "cannot be present or absent",
    note = "for `#[bulk(failed)]` or `#[bulk(succeeded)]` in an element, use a list, a string, a `bool`, a code that is 0 if nothing failed, a type that derives `bulk_endpoint::ItemReply` or `bulk_endpoint::Status`, or an `Option` of one"
)]
pub trait IsPresent {
    /// Returns whether the value is present: not `None`, `null`, empty, `false` or 0. A type that derives `ItemReply` or `Status` is always
    /// present.
    fn is_present(&self) -> bool;
}

#[diagnostic::do_not_recommend]
impl<P: IsPresent> IsPresent for Option<P> {
    fn is_present(&self) -> bool {
        self.as_ref().is_some_and(P::is_present)
    }
}

/// Present unless it is `null`.
#[diagnostic::do_not_recommend]
impl IsPresent for serde_json::Value {
    fn is_present(&self) -> bool {
        !self.is_null()
    }
}

#[diagnostic::do_not_recommend]
impl<T> IsPresent for Vec<T> {
    fn is_present(&self) -> bool {
        !self.is_empty()
    }
}

#[diagnostic::do_not_recommend]
impl IsPresent for String {
    fn is_present(&self) -> bool {
        !self.is_empty()
    }
}

#[diagnostic::do_not_recommend]
impl IsPresent for bool {
    fn is_present(&self) -> bool {
        *self
    }
}

/// The type of a field with `#[bulk(retry_after = seconds)]` or `#[bulk(retry_after = milliseconds)]`: an integer, a string of digits, or
/// an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a delay [BULK614]",
    label = "not a delay",
    note = "for `#[bulk(retry_after = …)]`, use an integer, a string of digits, or an `Option` of one"
)]
pub trait RetryDelay {
    /// Returns the delay in the declared unit; `None` for a negative number or a string that is not an integer.
    fn units(&self) -> Option<u64>;
}

#[diagnostic::do_not_recommend]
impl RetryDelay for String {
    fn units(&self) -> Option<u64> {
        self.parse().ok()
    }
}

#[diagnostic::do_not_recommend]
impl<W: RetryDelay> RetryDelay for Option<W> {
    fn units(&self) -> Option<u64> {
        self.as_ref().and_then(W::units)
    }
}

/// Converts a number of units, each of `unit_ms` milliseconds, into a delay.
pub(crate) fn retry_after(units: Option<u64>, unit_ms: u64) -> Option<Duration> {
    units.map(|units| Duration::from_millis(units.saturating_mul(unit_ms)))
}

macro_rules! integers {
    ($($ty:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl AsText for $ty {
            fn text(&self) -> Option<Cow<'_, str>> {
                Some(Cow::Owned(self.to_string()))
            }
        }

        #[diagnostic::do_not_recommend]
        impl IsPresent for $ty {
            fn is_present(&self) -> bool {
                *self != 0
            }
        }

        #[diagnostic::do_not_recommend]
        impl RetryDelay for $ty {
            fn units(&self) -> Option<u64> {
                u64::try_from(*self).ok()
            }
        }
    )*};
}

integers!(u16, u32, u64, i16, i32, i64);
