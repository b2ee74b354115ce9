//! Bodies in other formats than JSON: the plug-in that reads them.

use std::borrow::Cow;
use std::error::Error;
use std::marker::PhantomData;
use std::ops::Deref;
use std::time::Duration;

use super::api_error::ApiError;
use super::bulk_reply::{BulkReply, CollectorOf, PerItem};
use super::codes::Codes;
use super::decode_error::DecodeError;
use super::delay::DelayAt;
use super::response::RawResponse;
use super::shape::{BodyShape, ReplyShape};

/// Reads response bodies in a format that the derives do not read, such as XML, multipart or protobuf, and returns their JSON.
///
/// [`InFormat<F, T>`](InFormat) is the reply, or the error body, of such a response: `T` is derived as if the vendor responded in JSON. It is
/// the counterpart of [`Codec`](crate::Codec), which writes request bodies. A `retry_after` of `T` is read if it is a header, or in a nested type.
///
/// ```
/// use bulk_endpoint::reply::RawResponse;
/// use bulk_endpoint::{BulkReply, CodecError, InFormat, ResponseFormat};
/// use serde::Deserialize;
///
/// /// One line for each item: `t1 ok`, `t2 gone`.
/// pub struct StatusLines;
///
/// impl ResponseFormat for StatusLines {
///     fn json(response: &RawResponse<'_>) -> Result<Vec<u8>, CodecError> {
///         let lines = str::from_utf8(response.bytes())?.lines();
///         let pairs: Vec<_> = lines.filter_map(|line| line.split_once(' ')).collect();
///         let (done, gone): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(_, result)| *result == "ok");
///         let ids = |pairs: Vec<(&str, &str)>| pairs.into_iter().map(|(id, _)| id.to_owned()).collect::<Vec<_>>();
///         Ok(serde_json::to_vec(&serde_json::json!({ "done": ids(done), "gone": ids(gone) }))?)
///     }
/// }
///
/// #[derive(Deserialize, BulkReply)]
/// pub struct Deleted {
///     #[bulk(succeeded)]
///     done: Vec<String>,
///     #[bulk(failed)]
///     gone: Vec<String>,
/// }
///
/// pub type DeletedLines = InFormat<StatusLines, Deleted>;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a format of responses [BULK647]",
    label = "cannot read a response",
    note = "implement `bulk_endpoint::ResponseFormat` for `{Self}`, or use the type inside `InFormat` alone if the response is JSON"
)]
pub trait ResponseFormat: Send + Sync + 'static {
    /// Returns the JSON of a response.
    ///
    /// # Errors
    ///
    /// An error if the body is not in this format. The items of the request are then `Unknown`.
    fn json(response: &RawResponse<'_>) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>>;
}

/// A reply, or an error body, of type `T` in the format `F`: see [`ResponseFormat`].
pub struct InFormat<F, T> {
    value: T,
    format: PhantomData<fn() -> F>,
}

impl<F, T> InFormat<F, T> {
    fn new(value: T) -> Self {
        InFormat { value, format: PhantomData }
    }

    /// Returns the value.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<F, T> Deref for InFormat<F, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<F, T: std::fmt::Debug> std::fmt::Debug for InFormat<F, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.value.fmt(f)
    }
}

/// Calls `read` with the response as JSON.
fn translated<F: ResponseFormat, R>(
    response: &RawResponse<'_>,
    read: impl FnOnce(&RawResponse<'_>) -> Result<R, DecodeError>,
) -> Result<R, DecodeError> {
    let json = F::json(response).map_err(|error| DecodeError::new("", error))?;
    read(&RawResponse::new(response.status(), response.headers(), &json))
}

impl<F: ResponseFormat, R: BulkReply> BulkReply for InFormat<F, R> {
    type Key = R::Key;
    type Success = R::Success;
    type Failure = R::Failure;
    /// No JSON has this layout, so nothing else writes or describes it.
    const SHAPE: ReplyShape =
        ReplyShape::new(BodyShape::Opaque).unlisted(R::SHAPE.unlisted).delays(R::SHAPE.delays).on(R::SHAPE.statuses);

    fn read(response: &RawResponse<'_>, collector: &mut CollectorOf<'_, Self>) -> Result<(), DecodeError> {
        translated::<F, _>(response, |response| R::read(response, collector))
    }

    fn without_items(response: &RawResponse<'_>) -> Option<Result<Self, DecodeError>> {
        let read = translated::<F, _>(response, |response| Ok(R::without_items(response)));
        read.map(|body| body.map(|body| body.map(InFormat::new))).unwrap_or_else(|error| Some(Err(error)))
    }
}

impl<F: ResponseFormat, R: PerItem> PerItem for InFormat<F, R> {}

#[diagnostic::do_not_recommend]
impl<F: ResponseFormat, E: ApiError> ApiError for InFormat<F, E> {
    const STATUSES: &'static [&'static [u16]] = E::STATUSES;
    const VARIANTS: &'static [&'static str] = E::VARIANTS;
    const CODES: Codes = E::CODES;

    fn read(response: &RawResponse<'_>) -> Result<Self, DecodeError> {
        translated::<F, _>(response, E::read).map(InFormat::new)
    }

    fn delays(status: u16) -> &'static [DelayAt] {
        E::delays(status)
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.value.code()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.value.retry_after()
    }

    fn retries(&self) -> Option<bool> {
        self.value.retries()
    }

    fn message(&self) -> Option<Cow<'_, str>> {
        self.value.message()
    }

    fn request_id(&self) -> Option<Cow<'_, str>> {
        self.value.request_id()
    }
}
