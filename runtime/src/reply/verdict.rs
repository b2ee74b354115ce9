//! What the fields of a response tell: types that can stand under `#[bulk(status)]`, `code`, `message`, `retry_after` and `failed`.

use std::borrow::Cow;

/// What a status says, of an item or of a whole response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// An HTTP status: 2xx is done, 202 accepted, all others not done.
    Http(u16),
    /// Done.
    Succeeded,
    /// Accepted, and the vendor says no more.
    Accepted,
    /// Not done.
    Failed,
    /// Handed back: the server did not act on it.
    Unprocessed,
    /// Not decided yet.
    Pending,
}

impl Verdict {
    /// The HTTP status of this number; none is below 100 or above 599.
    fn of(number: u16) -> Option<Self> {
        Some(number).filter(|number| (100..600).contains(number)).map(Verdict::Http)
    }

    /// It says that the item is done, or accepted.
    pub fn is_done(self) -> bool {
        matches!(self, Verdict::Succeeded | Verdict::Accepted | Verdict::Http(200..300))
    }

    /// It says that the item is accepted, and no more.
    pub(crate) fn is_accepted(self) -> bool {
        matches!(self, Verdict::Accepted | Verdict::Http(202))
    }

    /// The HTTP status, where it is one.
    pub fn http(self) -> Option<u16> {
        match self {
            Verdict::Http(status) => Some(status),
            _ => None,
        }
    }
}

/// A type that can stand under `#[bulk(status)]`.
///
/// Derive it for an enum of the vendor's words:
///
/// ```
/// use bulk_endpoint::Status;
/// use serde::Deserialize;
///
/// #[derive(Deserialize, Status)]
/// #[serde(rename_all = "snake_case")]
/// enum TicketStatus {
///     #[bulk(succeeded)]
///     Ok,
///     #[bulk(failed)]
///     Error,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no item status [BULK609]",
    label = "not a status",
    note = "`#[bulk(status)]` takes an HTTP status as a `u16` or a string, a `bool` that is true where the item is done, or an enum that derives `bulk_endpoint::Status`"
)]
pub trait Status {
    /// The status; `None` where it says nothing.
    fn verdict(&self) -> Option<Verdict>;

    /// The vendor's word for it, which stands for an error code where an element has no other.
    fn word(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// An HTTP status as a string, as SCIM writes it.
#[diagnostic::do_not_recommend]
impl Status for String {
    fn verdict(&self) -> Option<Verdict> {
        let is_plain = self.len() == 3 && self.bytes().all(|byte| byte.is_ascii_digit());
        self.parse().ok().filter(|_| is_plain).and_then(Verdict::of)
    }
}

#[diagnostic::do_not_recommend]
impl Status for bool {
    fn verdict(&self) -> Option<Verdict> {
        Some(if *self { Verdict::Succeeded } else { Verdict::Failed })
    }
}

#[diagnostic::do_not_recommend]
impl<S: Status> Status for Option<S> {
    fn verdict(&self) -> Option<Verdict> {
        self.as_ref().and_then(S::verdict)
    }

    fn word(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(S::word)
    }
}

/// What an element says that is judged by what is in it: whether something is there that is there where it failed, and where it is
/// done; `None` where it has no such field.
pub fn by_presence(failed: Option<bool>, succeeded: Option<bool>) -> Option<Verdict> {
    match (failed, succeeded) {
        (Some(true), Some(false) | None) => Some(Verdict::Failed),
        (Some(false) | None, Some(true)) | (Some(false), None) => Some(Verdict::Succeeded),
        _ => None,
    }
}

macro_rules! integers {
    ($($ty:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Status for $ty {
            fn verdict(&self) -> Option<Verdict> {
                u16::try_from(*self).ok().and_then(Verdict::of)
            }
        }
    )*};
}

integers!(u16, u32, u64, i16, i32, i64);
