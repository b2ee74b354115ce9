//! Why a client cannot be built.

use http::header::InvalidHeaderValue;

/// Why a client could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL does not parse.
    #[error("the base URL {url:?} is none: {source}; give one like https://api.example.com")]
    BaseUrl {
        /// What was given.
        url: String,
        /// What the parser says.
        source: url::ParseError,
    },
    /// The base URL parses, but cannot be a base.
    #[error("the base URL {url:?} {reason}; give one like https://api.example.com")]
    NoBase {
        /// What was given, without a password.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The token is empty, or only white space.
    #[error("the bearer token is empty: give a token, or leave `bearer` out for a host that wants none")]
    EmptyToken,
    /// The token has characters that no header can carry.
    #[error("the bearer token has characters that a header cannot carry (a line break at its end, perhaps)")]
    Token(#[source] InvalidHeaderValue),
    /// A header that cannot be sent.
    #[error("the header {name:?} cannot be sent: its name or its value has characters that a header cannot carry")]
    Header {
        /// Its name.
        name: String,
    },
    /// A timeout of zero.
    #[error("a timeout of zero lets no attempt finish: give the seconds that one request may take")]
    ZeroTimeout,
    /// The crate was built without the feature `reqwest`, and no transport or clock was given.
    #[error("there is no {what}: turn on the feature `reqwest` of bulk-endpoint, or give the builder your own")]
    NoTransport {
        /// What is missing.
        what: &'static str,
    },
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made: {0}")]
    Transport(#[source] Box<dyn std::error::Error + Send + Sync>),
}
