//! Why a fake server could not be started.

/// Why a fake server could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FakeError {
    /// The reply of an endpoint is read by hand-written code, so nothing says how to write one.
    #[error(
        "`{endpoint}` cannot be served: its reply implements `BulkReply` by hand, so its shape is not known; derive `BulkReply` for it"
    )]
    Opaque {
        /// The endpoint's name.
        endpoint: &'static str,
    },
    /// The items go through a codec, which only writes.
    #[error(
        "`{endpoint}` cannot be served: nothing says how to read what a codec writes; serve it with a server of your own"
    )]
    Codec {
        /// The endpoint's name.
        endpoint: &'static str,
    },
    /// A field that every response must have, and nobody gave.
    #[error(
        "`{endpoint}` cannot be served: its answers must have the field `{field}`; give it with `FakeEndpoint::field(\"{field}\", …)`"
    )]
    RequiredField {
        /// The endpoint's name.
        endpoint: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A status that HTTP does not have.
    #[error("`{endpoint}` cannot be served with the status {status}: an HTTP status is between 200 and 599")]
    Status {
        /// The endpoint's name.
        endpoint: &'static str,
        /// The status.
        status: u16,
    },
    /// A field's value that cannot be encoded.
    #[error("`{endpoint}` cannot be served: the field `{field}` cannot be encoded: {source}")]
    Field {
        /// The endpoint's name.
        endpoint: &'static str,
        /// The field.
        field: String,
        /// What serde says.
        source: serde_json::Error,
    },
    /// Two endpoints with the same method and path.
    #[error("`{one}` and `{other}` have the same method and path: serve them from two fakes")]
    Twice {
        /// The name of one.
        one: &'static str,
        /// The name of the other.
        other: &'static str,
    },
    /// A refusal's body that cannot be encoded.
    #[error("the body of refusals with {status} cannot be encoded: {source}")]
    Refusal {
        /// The status.
        status: u16,
        /// What serde says.
        source: serde_json::Error,
    },
    /// No port.
    #[error("no port of 127.0.0.1 can be had: {0}")]
    Listen(#[from] std::io::Error),
}
