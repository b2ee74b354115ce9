//! A refusal of a whole request.

use http::{HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// A refusal of a whole request.
#[derive(Debug, Clone)]
#[must_use]
pub struct Refuse {
    pub(super) status: u16,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Option<Box<RawValue>>,
    pub(super) applies: bool,
    pub(super) why: String,
}

impl Refuse {
    /// A refusal with this status and the body that [`Fake::refusal`](super::Fake::refusal) sets for it.
    ///
    /// # Panics
    /// If the status is not between 200 and 599.
    pub fn new(status: u16) -> Self {
        assert!((200..600).contains(&status), "expected a status between 200 and 599, found {status}");
        Refuse::because(status, "the test asked for it")
    }

    pub(super) fn because(status: u16, why: impl Into<String>) -> Self {
        Refuse { status, headers: Vec::new(), body: None, applies: false, why: why.into() }
    }

    /// Adds a header, such as `Retry-After`.
    ///
    /// # Panics
    /// If the name or value is not valid in a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let parsed = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(value).ok());
        let Some((name, value)) = parsed else {
            panic!("`{name}: {value}` is not a valid header");
        };
        self.headers.push((name, value));
        self
    }

    /// Sets the body of this refusal.
    ///
    /// # Panics
    /// If the body cannot be encoded.
    pub fn body(mut self, body: impl Serialize) -> Self {
        match to_raw_value(&body) {
            Ok(body) => self.body = Some(body),
            Err(error) => panic!("the body of the refusal cannot be encoded: {error}"),
        }
        self
    }

    /// Carries the request out before it refuses it, like a server that fails at the end.
    pub fn after_applying(mut self) -> Self {
        self.applies = true;
        self
    }
}
