//! The failure types of a reply, and how the failures of several lists become one type.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

use super::codes::Codes;
use super::detail::Detail;

/// The failure type of a reply that never names a failed item. (`std::convert::Infallible` does not implement `Serialize`.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum NoFailure {}

impl Detail for NoFailure {
    const CODES: Codes = Codes::NONE;
}

/// The failure of an item that is a bare key in a list of failures: `{"not_found": ["a"]}`. Its code is the name of the list,
/// `not_found`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The JSON name of the list.
    pub list: &'static str,
}

impl Detail for Listed {
    const CODES: Codes = Codes::LIST_NAMES;

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.list))
    }
}

/// The failure of an unlisted item, with `unlisted = failed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NotListed;

impl Detail for NotListed {
    const CODES: Codes = Codes::NONE;

    fn message(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("the response lists the items that succeeded, and this item is not listed"))
    }
}

/// A failure type of a list. It also decides the failure type of a reply with several lists: the first that is not [`NoFailure`].
pub trait Failure: Detail + IntoFailure<Self> + Sized {
    /// `Self`, or `Other` if `Self` is [`NoFailure`].
    type Or<Other: Failure>: Failure;
}

impl Failure for NoFailure {
    type Or<Other: Failure> = Other;
}

impl Failure for Listed {
    type Or<Other: Failure> = Self;
}

impl Failure for NotListed {
    type Or<Other: Failure> = Self;
}

/// A failure of one list that converts into `F`, the failure type of the reply.
#[diagnostic::on_unimplemented(
    message = "expected failures of one type in all lists of the reply, found `{F}` and `{Self}` [BULK616]",
    label = "failures of another type",
    note = "use one element type for all lists, with an `Option` for a field that only some of them have",
    note = "for a list of bare keys after another list, add `impl From<bulk_endpoint::reply::Listed> for {F}`"
)]
pub trait IntoFailure<F> {
    #[doc(hidden)]
    fn convert_failure(this: Arc<Self>) -> Arc<F>;
}

impl<F> IntoFailure<F> for NoFailure {
    fn convert_failure(this: Arc<Self>) -> Arc<F> {
        match *this {}
    }
}

#[diagnostic::do_not_recommend]
impl<F: From<Listed>> IntoFailure<F> for Listed {
    fn convert_failure(this: Arc<Self>) -> Arc<F> {
        Arc::new(F::from(*this))
    }
}

#[diagnostic::do_not_recommend]
impl<F: From<NotListed>> IntoFailure<F> for NotListed {
    fn convert_failure(this: Arc<Self>) -> Arc<F> {
        Arc::new(F::from(*this))
    }
}
