//! The error of building a client.

use http::header::InvalidHeaderValue;

/// Why [`ClientBuilder::build`](crate::ClientBuilder::build) failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL cannot be parsed.
    #[error("invalid base URL {url:?}: {source}; expected a URL like https://api.example.com")]
    BaseUrl {
        /// The given URL, without user, password and query.
        url: String,
        /// The parser's error.
        source: url::ParseError,
    },
    /// The base URL can be parsed, but has a part that is not supported.
    #[error("invalid base URL {url:?}: {reason}; expected a URL like https://api.example.com")]
    NoBase {
        /// The given URL, without user, password and query.
        url: String,
        /// The unsupported part, in words.
        reason: &'static str,
    },
    /// The bearer token is empty or contains only white space.
    #[error("the bearer token is empty: pass a token, or remove the call to `bearer` if the host needs none")]
    EmptyToken,
    /// The bearer token contains characters that a header cannot carry.
    #[error("the bearer token contains characters that a header cannot carry, such as a line break: remove them")]
    Token(#[source] InvalidHeaderValue),
    /// The name of a header is empty, or its name or value contains characters that a header cannot carry.
    #[error("invalid header {name:?}: expected a name and a value that HTTP allows, without line breaks")]
    Header {
        /// The name of the header.
        name: String,
    },
    /// The header says how a request is sent. The transport sets it.
    #[error("the transport sets the header `{name}`: remove it")]
    TransportHeader {
        /// The name of the header, for example `content-length`.
        name: String,
    },
    /// The timeout is zero.
    #[error("`timeout` must be greater than zero: pass the time that one attempt may take")]
    ZeroTimeout,
    /// The crate was built without the features `reqwest` and `hyper`, and the builder was given no transport or no clock.
    #[error(
        "missing {what}: enable the feature `reqwest` or `hyper` of bulk-endpoint, or pass one to `ClientBuilder::{what}`"
    )]
    NoTransport {
        /// What is missing: `transport` or `clock`.
        what: &'static str,
    },
    /// The HTTP client could not be created, for example because TLS could not be set up.
    #[error("the HTTP client could not be created: {0}")]
    Transport(#[source] Box<dyn std::error::Error + Send + Sync>),
}
