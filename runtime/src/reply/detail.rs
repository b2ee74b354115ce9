//! What a value of a response says about its item: verdict, code, message, delay.

use std::borrow::Cow;
use std::time::Duration;

use super::codes::Codes;
use super::error_code::CodeAt;
use super::verdict::Verdict;

/// What a value of a response says about its item, other than which item it is. Derived with [`ItemReply`](macro@crate::ItemReply).
///
/// `{"status": 429, "code": "Busy", "message": "try later", "retryAfter": 5}` has all four. Every method returns `None` by default.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not report on an item [BULK619]",
    label = "does not derive `ItemReply`",
    note = "derive `bulk_endpoint::ItemReply` for a type under `#[bulk(nested)]`, in a variant, or as the value of `Pairs`; an `Option` or a `Vec` of it works too"
)]
pub trait Detail: Send + Sync + 'static {
    /// Whether a JSON array may be a value of this type. `false` for a type that derives [`ItemReply`](macro@crate::ItemReply): serde also
    /// reads a struct from an array of its fields (`["a", 404]`), which no declaration means.
    const FROM_ARRAY: bool = true;

    /// The codes that a value can have. A code in `already("GONE")` that no part of a response can have never matches.
    const CODES: Codes = Codes::Any;

    /// Returns the verdict on the item.
    fn verdict(&self) -> Option<Verdict> {
        None
    }

    /// Returns the error code of the item.
    fn code(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// Returns the vendor's message about the item.
    fn message(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// Returns the delay before the item may be retried.
    fn retry_after(&self) -> Option<Duration> {
        None
    }

    /// Returns whether the vendor says that the item may be tried again; `None` if it says nothing.
    fn retries(&self) -> Option<bool> {
        None
    }

    /// Returns where the JSON of this type has its error code, for an error body that does not decode as a whole.
    fn codes() -> &'static [CodeAt] {
        &[]
    }
}

/// A bare string is a message: `{"errors": {"a": "gone"}}`.
impl Detail for String {
    const CODES: Codes = Codes::None;

    fn message(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

/// Arbitrary JSON: no verdict, code or message is read from it.
impl Detail for serde_json::Value {
    const CODES: Codes = Codes::None;
}

/// `None` says nothing.
impl<D: Detail> Detail for Option<D> {
    const FROM_ARRAY: bool = D::FROM_ARRAY;
    const CODES: Codes = D::CODES;

    fn verdict(&self) -> Option<Verdict> {
        self.as_ref().and_then(D::verdict)
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(D::code)
    }

    fn message(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(D::message)
    }

    fn retry_after(&self) -> Option<Duration> {
        self.as_ref().and_then(D::retry_after)
    }

    fn retries(&self) -> Option<bool> {
        self.as_ref().and_then(D::retries)
    }

    fn codes() -> &'static [CodeAt] {
        D::codes()
    }
}

/// The first element with a verdict, code or message gives it; the delay is the longest.
impl<D: Detail> Detail for Vec<D> {
    const CODES: Codes = D::CODES;

    fn verdict(&self) -> Option<Verdict> {
        self.iter().find_map(D::verdict)
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.iter().find_map(D::code)
    }

    fn message(&self) -> Option<Cow<'_, str>> {
        self.iter().find_map(D::message)
    }

    fn retry_after(&self) -> Option<Duration> {
        self.iter().filter_map(D::retry_after).max()
    }

    fn retries(&self) -> Option<bool> {
        self.iter().find_map(D::retries)
    }

    fn codes() -> &'static [CodeAt] {
        D::codes()
    }
}
