//! What a success carries, and how the successes of several lists become one type.

use std::sync::Arc;

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
