//! Why the outcome of an item is unknown.

use std::fmt;
use std::sync::Arc;

use super::kind::UncertaintyKind;
use super::refusal::Refusal;

/// Why nobody knows whether an item was applied.
#[derive(Debug)]
#[non_exhaustive]
pub struct Uncertainty<F, E> {
    /// What happened.
    pub kind: UncertaintyKind,
    /// What happened, in words: the path in the body where it stopped fitting, the transport's error.
    pub detail: String,
    /// The response, where there was one.
    pub refusal: Option<Refusal<E>>,
    /// The failure that a later attempt named, which an earlier, unsure one may have caused.
    pub failure: Option<Arc<F>>,
}

impl<F, E> fmt::Display for Uncertainty<F, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "may or may not have been applied: {}", self.detail)
    }
}
