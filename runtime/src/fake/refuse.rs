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
    /// Refuses with this status, and the body that [`Fake::refusal`](super::Fake::refusal) has for it.
    ///
    /// # Panics
    /// If HTTP has no such status.
    pub fn new(status: u16) -> Self {
        assert!((200..600).contains(&status), "{status} is no HTTP status: it is between 200 and 599");
        Refuse::because(status, "the test asked for it")
    }

    pub(super) fn because(status: u16, why: impl Into<String>) -> Self {
        Refuse { status, headers: Vec::new(), body: None, applies: false, why: why.into() }
    }

    /// With a header, such as `Retry-After`.
    ///
    /// # Panics
    /// If a header cannot have this name or value.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let parsed = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(value).ok());
        let Some((name, value)) = parsed else {
            panic!("`{name}: {value}` is no header");
        };
        self.headers.push((name, value));
        self
    }

    /// With a body of its own.
    ///
    /// # Panics
    /// If it cannot be encoded.
    pub fn body(mut self, body: impl Serialize) -> Self {
        match to_raw_value(&body) {
            Ok(body) => self.body = Some(body),
            Err(error) => panic!("the body of the refusal cannot be encoded: {error}"),
        }
        self
    }

    /// Carries the request out before it is answered so: a server that failed too late.
    pub fn after_applying(mut self) -> Self {
        self.applies = true;
        self
    }
}
