//! Why a response cannot be decoded.

use std::fmt;

use crate::text::{said, shorten};

/// A body that does not have the declared shape: where, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    /// A JSON pointer to the place; empty for the body as a whole.
    pub path: String,
    /// What does not fit.
    pub reason: String,
}

impl DecodeError {
    /// A misfit at a JSON pointer. What the server wrote, in it or in the reason, is cut short: each item of the request may carry it.
    pub fn new(path: impl Into<String>, reason: impl fmt::Display) -> Self {
        DecodeError { path: said(&path.into()), reason: shorten(&reason.to_string(), 300) }
    }
}

impl DecodeError {
    /// The status is none of those that carry the reply.
    pub fn undeclared(status: u16) -> Self {
        DecodeError::new("", format_args!("the reply is not declared for the status {status}"))
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "the response's body does not fit: {}", self.reason)
        } else {
            write!(f, "the response's body does not fit at {}: {}", self.path, self.reason)
        }
    }
}
