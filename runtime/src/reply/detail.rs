//! What a success and a failure carry, and how those of several lists become a reply's one type.

use std::borrow::Cow;
use std::time::Duration;

use super::verdict::Verdict;

/// What a value of a response tells of its item, beside which one it is. Derived with `ItemReply`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` tells nothing of an item [BULK619]",
    label = "derives no `ItemReply`",
    note = "derive `bulk_endpoint::ItemReply` for what stands under `#[bulk(nested)]`, in a variant, or as the value of `Pairs`; an `Option` or a `Vec` of it will do too"
)]
pub trait Detail: Send + Sync + 'static {
    /// Whether a JSON array may be one. serde reads a struct from the values of its fields in their order, too; what derives
    /// [`ItemReply`](macro@crate::ItemReply) is then no such thing.
    const FROM_ARRAY: bool = true;

    /// The item's own status, where there is one.
    fn verdict(&self) -> Option<Verdict> {
        None
    }

    /// The item's own error code.
    fn code(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// What the vendor says of the item.
    fn message(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// How long to wait before the item is retried.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// A bare text is a message.
impl Detail for String {
    fn message(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }
}

/// JSON of which nothing is known.
impl Detail for serde_json::Value {}

/// Of one that is not there nothing is told.
impl<D: Detail> Detail for Option<D> {
    const FROM_ARRAY: bool = D::FROM_ARRAY;

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
}

/// Each is told by the first that tells it; the wait is the longest.
impl<D: Detail> Detail for Vec<D> {
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
}
