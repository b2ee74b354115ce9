//! What a success and a failure carry, and how those of several lists become a reply's one type.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::told::ItemStatus;

/// What a value of an answer tells of its item, beside which one it is. Derived with `ItemReply`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` tells nothing of an item [BULK619]",
    label = "derives no `ItemReply`",
    note = "derive `bulk_endpoint::ItemReply` for what stands under `#[bulk(inside)]`, in a variant, or as the value of `Pairs`; an `Option` or a `Vec` of it will do too"
)]
pub trait Detail: Send + Sync + 'static {
    /// Whether a JSON array may be one. serde reads a struct from the values of its fields in their order, too; what derives
    /// [`ItemReply`](macro@crate::ItemReply) is then no such thing.
    const FROM_ARRAY: bool = true;

    /// The item's own status, where there is one.
    fn status(&self) -> Option<ItemStatus> {
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

    /// How long to wait before the item is sent again.
    fn wait(&self) -> Option<Duration> {
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

    fn status(&self) -> Option<ItemStatus> {
        self.as_ref().and_then(D::status)
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(D::code)
    }

    fn message(&self) -> Option<Cow<'_, str>> {
        self.as_ref().and_then(D::message)
    }

    fn wait(&self) -> Option<Duration> {
        self.as_ref().and_then(D::wait)
    }
}

/// Each is told by the first that tells it; the wait is the longest.
impl<D: Detail> Detail for Vec<D> {
    fn status(&self) -> Option<ItemStatus> {
        self.iter().find_map(D::status)
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.iter().find_map(D::code)
    }

    fn message(&self) -> Option<Cow<'_, str>> {
        self.iter().find_map(D::message)
    }

    fn wait(&self) -> Option<Duration> {
        self.iter().filter_map(D::wait).max()
    }
}

/// The failure type of a reply that never names a failed item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum NeverFails {}

impl Detail for NeverFails {}

/// The failure of an item of which the answer says only in which list it stands: the list's name is its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The list's name in the answer.
    pub list: &'static str,
}

impl Detail for Listed {
    fn code(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.list))
    }
}

/// The failure of an item that the answer does not name, where silence is declared to mean failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Silent;

impl Detail for Silent {
    fn message(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("the answer lists what was done, and it is not among them"))
    }
}

/// Which of several failure types a reply's own is: the first that can be.
pub trait Failure: Detail + FailsAs<Self> + Sized {
    /// This one, or, where this never is, the other.
    type Or<Other: Failure>: Failure;
}

impl Failure for NeverFails {
    type Or<Other: Failure> = Other;
}

impl Failure for Listed {
    type Or<Other: Failure> = Self;
}

impl Failure for Silent {
    type Or<Other: Failure> = Self;
}

/// What a success carries: `()`, or an `Arc`.
pub trait Body: Carries<Self> + Clone + Send + Sync + 'static {
    /// This one, or, where this is nothing, the other.
    type Or<Other: Body>: Body;
}

impl Body for () {
    type Or<Other: Body> = Other;
}

impl<T: Send + Sync + 'static> Body for Arc<T> {
    type Or<Other: Body> = Self;
}

/// A success of one list, as the reply's successes carry it.
#[diagnostic::on_unimplemented(
    message = "two lists of the reply carry successes of two types: `{Self}` and `{S}` [BULK615]",
    label = "successes of two types",
    note = "give the lists one element type, with an `Option` for what stands in one of them alone"
)]
pub trait Carries<S> {
    #[doc(hidden)]
    fn carry(self) -> Option<S>;
}

impl<S> Carries<S> for () {
    fn carry(self) -> Option<S> {
        None
    }
}

impl<T> Carries<Arc<T>> for Arc<T> {
    fn carry(self) -> Option<Arc<T>> {
        Some(self)
    }
}

/// A failure of one list, as the reply's failures are.
#[diagnostic::on_unimplemented(
    message = "two lists of the reply carry failures of two types: `{Self}` and `{F}` [BULK616]",
    label = "failures of two types",
    note = "give the lists one element type, with an `Option` for what stands in one of them alone",
    note = "for a list of bare keys behind another list: `impl From<bulk_endpoint::Listed> for {F}`"
)]
pub trait FailsAs<F> {
    #[doc(hidden)]
    fn fails_as(this: Arc<Self>) -> Arc<F>;
}

impl<F> FailsAs<F> for NeverFails {
    fn fails_as(this: Arc<Self>) -> Arc<F> {
        match *this {}
    }
}

#[diagnostic::do_not_recommend]
impl<F: From<Listed>> FailsAs<F> for Listed {
    fn fails_as(this: Arc<Self>) -> Arc<F> {
        Arc::new(F::from(*this))
    }
}

#[diagnostic::do_not_recommend]
impl<F: From<Silent>> FailsAs<F> for Silent {
    fn fails_as(this: Arc<Self>) -> Arc<F> {
        Arc::new(F::from(*this))
    }
}
