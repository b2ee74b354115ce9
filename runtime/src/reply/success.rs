//! What a success carries, and how the successes of several lists become one type.

use std::sync::Arc;

/// What a success carries: `()`, or an `Arc`.
pub trait SuccessBody: IntoSuccess<Self> + Clone + Send + Sync + 'static {
    /// This one, or, where this is nothing, the other.
    type Or<Other: SuccessBody>: SuccessBody;
}

impl SuccessBody for () {
    type Or<Other: SuccessBody> = Other;
}

impl<T: Send + Sync + 'static> SuccessBody for Arc<T> {
    type Or<Other: SuccessBody> = Self;
}

/// A success of one list, as the reply's successes carry it.
#[diagnostic::on_unimplemented(
    message = "two lists of the reply carry successes of two types: `{Self}` and `{S}` [BULK615]",
    label = "successes of two types",
    note = "give the lists one element type, with an `Option` for what stands in one of them alone"
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
