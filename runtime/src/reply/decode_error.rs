//! Why a response cannot be decoded.

use std::fmt;

use crate::text::{excerpt, shorten};

/// A response body, or a part of it, that does not have the declared shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    /// The JSON pointer (RFC 6901) of the part, such as `/results/3`; empty for the whole body.
    pub path: String,
    /// The reason: what was expected, and what was found.
    pub reason: String,
}

impl DecodeError {
    /// An error at a JSON pointer, with a reason. Both are cut (at 500 and 300 characters) and kept on one line, because the outcome of
    /// each item of the request may carry them.
    pub fn new(path: impl Into<String>, reason: impl fmt::Display) -> Self {
        DecodeError { path: excerpt(&path.into()), reason: shorten(&reason.to_string(), 300) }
    }
}

impl DecodeError {
    /// This error about a part, as one about the body that has the part in this field.
    pub(crate) fn inside(self, field: &str) -> Self {
        DecodeError { path: excerpt(&format!("/{field}{}", self.path)), ..self }
    }

    /// Describes what is wrong, for a message about the whole body.
    pub(crate) fn at(&self) -> String {
        if self.path.is_empty() { self.reason.clone() } else { format!("at {}: {}", self.path, self.reason) }
    }

    /// The error for a status under which the reply is not declared.
    pub fn undeclared(status: u16) -> Self {
        DecodeError::new("", format_args!("no reply is declared for the status {status}"))
    }

    /// The error for a status under which no error body is declared.
    pub fn undeclared_error(status: u16) -> Self {
        DecodeError::new("", format_args!("no error body is declared for the status {status}"))
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "the response body does not match the declared type: {}", self.reason)
        } else {
            write!(f, "the response body does not match the declared type: at {}: {}", self.path, self.reason)
        }
    }
}
