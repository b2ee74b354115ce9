//! Types that can stand under `code`, `message`, `retry_after`, `failed` and `succeeded`.

use std::borrow::Cow;
use std::time::Duration;

/// A type that can stand under `#[bulk(message)]` or `#[bulk(code)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read as text [BULK610]",
    label = "not text",
    note = "`#[bulk(message)]` and `#[bulk(code)]` take a string, an integer, an enum that derives `bulk_endpoint::Status`, or an `Option` or `Vec` of one"
)]
pub trait AsText {
    /// The text; `None` where there is none.
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

/// The first that has a text.
#[diagnostic::do_not_recommend]
impl<T: AsText> AsText for Vec<T> {
    fn text(&self) -> Option<Cow<'_, str>> {
        self.iter().find_map(T::text)
    }
}

/// A type that can stand under `#[bulk(failed)]` or `#[bulk(succeeded)]` of an element: something in it is the verdict.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not show whether there is something in it [BULK613]",
    label = "there or not?",
    note = "under `#[bulk(failed)]` or `#[bulk(succeeded)]` of an element stands a list, a string, a `bool`, a code that is 0 where nothing failed, a type that derives `bulk_endpoint::ItemReply` or `bulk_endpoint::Status`, or an `Option` of one"
)]
pub trait IsPresent {
    /// Whether there is something in it: not `None`, empty, `false` or 0. What derives `ItemReply` or `Status` is always there.
    fn is_present(&self) -> bool;
}

#[diagnostic::do_not_recommend]
impl<P: IsPresent> IsPresent for Option<P> {
    fn is_present(&self) -> bool {
        self.as_ref().is_some_and(P::is_present)
    }
}

/// Not `null`.
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

/// A type that can stand under `#[bulk(retry_after = seconds)]` or `#[bulk(retry_after = milliseconds)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no wait [BULK614]",
    label = "not a wait",
    note = "`#[bulk(retry_after = …)]` takes an integer, a string of digits, or an `Option` of one"
)]
pub trait RetryDelay {
    /// So many of the declared unit; what is no whole number, or negative, counts as absent.
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

/// A wait of so many units, each of so many milliseconds.
pub fn retry_after(units: Option<u64>, unit_ms: u64) -> Option<Duration> {
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
