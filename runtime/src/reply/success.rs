//! The success types of a reply, and how the successes of several lists become one type.

use std::sync::Arc;

/// A success type of a list: `()`, or an `Arc` of the element. It also decides the success type of a reply with several lists: the first
/// that is not `()`.
pub trait SuccessBody: IntoSuccess<Self> + Clone + Send + Sync + 'static {
    /// `Self`, or `Other` if `Self` is `()`.
    type Or<Other: SuccessBody>: SuccessBody;
}

impl SuccessBody for () {
    type Or<Other: SuccessBody> = Other;
}

impl<T: Send + Sync + 'static> SuccessBody for Arc<T> {
    type Or<Other: SuccessBody> = Self;
}

/// A success of one list that converts into `S`, the success type of the reply.
#[diagnostic::on_unimplemented(
    message = "expected successes of one type in all lists of the reply, found `{S}` and `{Self}` [BULK615]",
    label = "successes of another type",
    note = "use one element type for all lists, with an `Option` for a field that only some of them have"
)]
pub trait IntoSuccess<S> {
    #[doc(hidden)]
    fn into_success_body(self) -> Option<S>;
}

impl<S> IntoSuccess<S> for () {
    fn into_success_body(self) -> Option<S> {
        None
    }
}

impl<T> IntoSuccess<Arc<T>> for Arc<T> {
    fn into_success_body(self) -> Option<Arc<T>> {
        Some(self)
    }
}
