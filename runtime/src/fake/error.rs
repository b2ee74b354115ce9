//! Errors of [`Fake::start`](super::Fake::start).

/// The error of [`Fake::start`](super::Fake::start).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FakeError {
    /// The reply of an endpoint implements `BulkReply` by hand, so its shape is unknown.
    #[error(
        "cannot serve `{endpoint}`: its reply implements `BulkReply` by hand, so its shape is unknown; derive `BulkReply` for it"
    )]
    Opaque {
        /// The endpoint's name.
        endpoint: &'static str,
    },
    /// The items of an endpoint are written by a codec, which cannot read them.
    #[error(
        "cannot serve `{endpoint}`: its items are written by a codec, which cannot read them; use a server of your own"
    )]
    Codec {
        /// The endpoint's name.
        endpoint: &'static str,
    },
    /// A required field of the reply has no value.
    #[error(
        "cannot serve `{endpoint}`: its reply requires the field `{field}`; add it with `FakeEndpoint::field(\"{field}\", …)`"
    )]
    RequiredField {
        /// The endpoint's name.
        endpoint: &'static str,
        /// The field.
        field: &'static str,
    },
    /// The status of an endpoint's responses is out of range.
    #[error("cannot serve `{endpoint}`: expected a status between 200 and 599, found {status}")]
    Status {
        /// The endpoint's name.
        endpoint: &'static str,
        /// The status.
        status: u16,
    },
    /// The value of a field cannot be encoded.
    #[error("cannot serve `{endpoint}`: the value of the field `{field}` cannot be encoded: {source}")]
    Field {
        /// The endpoint's name.
        endpoint: &'static str,
        /// The field.
        field: String,
        /// The error of serde.
        source: serde_json::Error,
    },
    /// Two endpoints have the same method and path.
    #[error("`{one}` and `{other}` have the same method and path: serve them from two fakes")]
    Twice {
        /// The name of the first endpoint.
        one: &'static str,
        /// The name of the second endpoint.
        other: &'static str,
    },
    /// The body of a refusal cannot be encoded.
    #[error("the body of refusals with {status} cannot be encoded: {source}")]
    Refusal {
        /// The status.
        status: u16,
        /// The error of serde.
        source: serde_json::Error,
    },
    /// No local port is available.
    #[error("cannot listen on a port of 127.0.0.1: {0}")]
    Listen(#[from] std::io::Error),
}
