//! The typed body of a refused request.

use std::borrow::Cow;
use std::fmt::Debug;

use serde::de::DeserializeOwned;

use super::response::RawResponse;

/// The body of a response that refuses a whole request, or that fails with 5xx.
///
/// Derive it for a struct that every status shares, or for an enum with one variant a set of statuses. A body that
/// does not decode is no loss: the outcome then carries its raw start.
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
    message = "`{Self}` is no error body of a bulk endpoint [BULK604]",
    label = "not an error body",
    note = "derive it: `#[derive(Debug, serde::Deserialize, bulk_endpoint::ApiError)]`; `()` is the error body that is not read"
)]
pub trait ApiError: Sized + Debug + Send + Sync + 'static {
    /// The statuses of each variant, in order, where the body differs by status; empty where one body is for all.
    const STATUSES: &'static [&'static [u16]] = &[];

    /// The names of these variants, as serde has them: for documents.
    const VARIANTS: &'static [&'static str] = &[];

    /// Reads the body; `None` where it does not fit, or the status is none of the declared ones.
    fn read(answer: &RawResponse<'_>) -> Option<Self>;

    /// The vendor's error code.
    fn code(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// What the vendor says.
    fn message(&self) -> Option<Cow<'_, str>> {
        None
    }

    /// What the vendor's support asks for.
    fn request_id(&self) -> Option<Cow<'_, str>> {
        None
    }
}

impl ApiError for () {
    fn read(_: &RawResponse<'_>) -> Option<Self> {
        None
    }
}

/// Decodes an error body: what the derive calls for each variant.
pub fn body<T: DeserializeOwned>(answer: &RawResponse<'_>) -> Option<T> {
    serde_json::from_slice(answer.bytes()).ok()
}
