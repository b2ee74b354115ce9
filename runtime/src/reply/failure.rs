//! What a failure carries, and how the failures of several lists become one type.

use std::borrow::Cow;
use std::convert::Infallible;
use std::sync::Arc;

use serde::Serialize;

use super::detail::Detail;

/// The failure type of a reply that never names a failed item.
impl Detail for Infallible {}

/// The failure of an item of which the response says only in which list it stands: the list's name is its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The list's name in the response.
    pub list: &'static str,
}

impl Detail for Listed {
    fn code(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.list))
    }
}

/// The failure of an item that the response does not name, where silence is declared to mean failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NotListed;

impl Detail for NotListed {
    fn message(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("the response lists what was done, and it is not among them"))
    }
}

/// Which of several failure types a reply's own is: the first that can be.
pub trait Failure: Detail + IntoFailure<Self> + Sized {
    /// This one, or, where this never is, the other.
    type Or<Other: Failure>: Failure;
}

impl Failure for Infallible {
    type Or<Other: Failure> = Other;
}

impl Failure for Listed {
    type Or<Other: Failure> = Self;
}

impl Failure for NotListed {
    type Or<Other: Failure> = Self;
}

/// A failure of one list, as the reply's failures are.
#[diagnostic::on_unimplemented(
    message = "two lists of the reply carry failures of two types: `{Self}` and `{F}` [BULK616]",
    label = "failures of two types",
    note = "give the lists one element type, with an `Option` for what stands in one of them alone",
    note = "for a list of bare keys behind another list: `impl From<bulk_endpoint::Listed> for {F}`"
)]
pub trait IntoFailure<F> {
    #[doc(hidden)]
    fn convert_failure(this: Arc<Self>) -> Arc<F>;
}

impl<F> IntoFailure<F> for Infallible {
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
