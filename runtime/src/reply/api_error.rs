//! The typed body of a refused request.

use std::borrow::Cow;
use std::fmt::Debug;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::codes::Codes;
use super::decode_error::DecodeError;
use super::delay::DelayAt;
use super::error_code::CodeAt;
use super::json;
use super::response::RawResponse;

/// The body of a response that refuses a whole request, or of a server error (5xx): `{"code": "E42", "message": "quota exceeded"}`.
///
/// Derive it for a struct if all statuses share one body, or for an enum with one variant for each set of statuses. If a body does not
/// decode, the outcome carries the reason and the start of the raw body, and the code if it is in its place. Use `()` if error bodies
/// are not read.
///
/// ```
/// use bulk_endpoint::ApiError;
/// use serde::Deserialize;
///
/// #[derive(Debug, Deserialize, ApiError)]
/// struct Detailed {
///     #[bulk(code)]
///     code: String,
///     #[bulk(message)]
///     message: Option<String>,
/// }
///
/// #[derive(Debug, ApiError)]
/// enum VendorError {
///     #[bulk(on(400, 403, 500))]
///     Detailed(Detailed),
///     #[bulk(on(401))]
///     Unauthorized {
///         #[bulk(message)]
///         error: String,
///     },
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error body of a bulk endpoint [BULK604]",
    label = "not an error body",
    note = "derive it: `#[derive(Debug, serde::Deserialize, bulk_endpoint::ApiError)]`; `()` ignores the error body"
)]
pub trait ApiError: Sized + Debug + Send + Sync + 'static {
    /// The statuses of each variant, in order; empty if one body is for all statuses.
    const STATUSES: &'static [&'static [u16]] = &[];

    /// The names of these variants, as serde writes them: for OpenAPI documents.
    const VARIANTS: &'static [&'static str] = &[];

    /// The codes that a body can have. A code in `stop("invalid_auth")` that no part of a response can have never matches.
    const CODES: Codes = Codes::ANY;

    /// Reads the body.
    ///
    /// # Errors
    ///
    /// The body does not decode, or its status is not declared ([`DecodeError::undeclared_error`]).
    fn read(response: &RawResponse<'_>) -> Result<Self, DecodeError>;

    /// Returns where a body of this status has its error code. The code is read from there if the body does not decode as a whole:
    /// `{"code": "Busy", "message": 7}`.
    fn codes(_status: u16) -> &'static [CodeAt] {
        &[]
    }

    /// Returns where a response of this status says how long to wait. A run reads it if the response refuses its request for now.
    fn delays(_status: u16) -> &'static [DelayAt] {
        &[]
    }

    /// Returns the vendor's error code. Lists such as `retry(…)` and `stop(…)` compare it.
    fn code(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// Returns whether the vendor says that the request may be tried again; `None` if it says nothing.
    fn retries(&self) -> Option<bool> {
        None
    }

    /// Returns the delay that a nested part of the body asks for. A run reads it where it reads [`delays`](Self::delays).
    fn retry_after(&self) -> Option<Duration> {
        None
    }

    /// Returns the vendor's message.
    fn message(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// Returns the id of the request, which the vendor's support asks for.
    fn request_id(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// A type that can be shown, as an error body is in the `Debug` of an outcome.
#[diagnostic::on_unimplemented(
    message = "the error body `{Self}` needs `Debug` [BULK638]",
    label = "does not derive `Debug`",
    note = "derive it: `#[derive(Debug, serde::Deserialize, bulk_endpoint::ApiError)]`"
)]
pub trait Shown: Debug {}

#[diagnostic::do_not_recommend]
impl<T: Debug> Shown for T {}

impl ApiError for () {
    const CODES: Codes = Codes::NONE;

    fn read(_: &RawResponse<'_>) -> Result<Self, DecodeError> {
        Ok(())
    }
}

/// Decodes an error body. The derive calls it for each variant.
pub(crate) fn body<T: DeserializeOwned>(response: &RawResponse<'_>) -> Result<T, DecodeError> {
    // Bytes that are not UTF-8 do no harm in a field that is not read.
    json::read(&String::from_utf8_lossy(response.bytes())).map_err(|error| response.json_error(&error))
}

/// Decodes an error body with fields that are headers: without a body, these are all that there is.
pub(crate) fn body_beside_headers<T: DeserializeOwned>(response: &RawResponse<'_>) -> Result<T, DecodeError> {
    if response.is_blank() {
        return json::read("{}").map_err(|error| DecodeError::new("", error));
    }
    body(response)
}
