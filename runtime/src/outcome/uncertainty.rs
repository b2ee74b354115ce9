//! Why the result of an item is unknown.

use std::fmt;
use std::sync::Arc;

use super::refusal::Refusal;
use crate::uncertainty_kind::UncertaintyKind;

/// Why it is unknown whether an item was applied.
#[derive(Debug)]
#[non_exhaustive]
pub struct Uncertainty<F, E> {
    /// The reason, for programs.
    pub kind: UncertaintyKind,
    /// The reason in words, for example the path in the body that does not match its declared shape, or the transport's error.
    pub detail: String,
    /// The HTTP status of the response, if there was one.
    pub status: Option<u16>,
    /// What an error response says, if there was one.
    pub refusal: Option<Refusal<E>>,
    /// The failure in the response to a later attempt. The earlier attempt with the unknown result may have caused it: a second delete of a
    /// deleted item fails as "not found".
    pub failure: Option<Arc<F>>,
}

/// What the message of an unknown result begins with.
pub(crate) const UNCERTAIN: &str = "may or may not have been applied: ";

impl<F, E> fmt::Display for Uncertainty<F, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{UNCERTAIN}{}", self.detail)
    }
}
