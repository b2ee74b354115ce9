//! Bodies in other formats than JSON: the plug-in behind `items = codec(Type)`.

use std::any::Any;
use std::error::Error;

use http::HeaderMap;
use serde_json::{Map, Value};

/// The reason why a codec cannot encode an item: any error, or a text (`Err("…".into())`).
pub type CodecError = Box<dyn Error + Send + Sync>;

/// Writes request bodies in a format that the declaration has no word for: XML, multipart, protobuf, or a compression other than gzip.
///
/// `#[bulk_endpoint(items = codec(DeleteXml))]` names the implementing type. The run encodes each item once, with [`item`](Self::item), and
/// builds each body from some of these encodings, with [`body`](Self::body). The run decides which items a request carries, so a codec
/// cannot lose an item.
///
/// ```
/// use bulk_endpoint::{Codec, CodecError};
/// use serde_json::{Map, Value};
///
/// /// `<Delete><Object><Key>…</Key></Object></Delete>`
/// struct DeleteXml;
///
/// impl Codec<String> for DeleteXml {
///     const CONTENT_TYPE: &'static str = "application/xml";
///
///     fn item(key: &String, out: &mut Vec<u8>) -> Result<(), CodecError> {
///         if key.contains(['<', '&']) {
///             return Err("this key would have to be escaped".into());
///         }
///         out.extend_from_slice(format!("<Object><Key>{key}</Key></Object>").as_bytes());
///         Ok(())
///     }
///
///     fn body(_fields: &Map<String, Value>, items: &[&[u8]]) -> Vec<u8> {
///         [b"<Delete>", items.concat().as_slice(), b"</Delete>"].concat()
///     }
/// }
/// ```
///
/// # Limits
///
/// For `max_bytes`, the size of a request is the size of the body without items plus the sizes of the encoded items; `max_item_bytes` is
/// the size of one encoded item. If a complete body is still larger than `max_bytes`, it is not sent, and the batch is halved.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a codec of `{T}` [BULK623]",
    label = "cannot encode `{T}`",
    note = "implement `bulk_endpoint::Codec<{T}>` for `{Self}`, or name another type in `items = codec(…)`"
)]
pub trait Codec<T>: 'static {
    /// The `Content-Type` of the body, unless the declaration has a fixed header for it.
    const CONTENT_TYPE: &'static str;

    /// Appends the encoding of an item to `out`, which is empty.
    ///
    /// # Errors
    ///
    /// An error, or a panic, settles this item as `NotAttempted`; the other items are sent.
    fn item(item: &T, out: &mut Vec<u8>) -> Result<(), CodecError>;

    /// Returns the body of a request. `fields` are the other body fields of the endpoint, as JSON; `items` are the encoded items, in order.
    ///
    /// The run calls it once without items to measure the rest of the body. The same arguments must give the same bytes, because a retry
    /// under the same idempotency key sends the same bytes.
    fn body(fields: &Map<String, Value>, items: &[&[u8]]) -> Vec<u8>;

    /// Adds headers that depend on the body, such as a checksum or a boundary. They replace other headers of the same name. With
    /// `compress = gzip` this is the body before its compression.
    fn headers(body: &[u8], headers: &mut HeaderMap) {
        let _ = (body, headers);
    }
}

type BodyFn = fn(&Map<String, Value>, &[&[u8]]) -> Vec<u8>;

/// A codec whose types are erased.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ErasedCodec {
    pub(crate) content_type: &'static str,
    pub(crate) item: fn(&dyn Any, &mut Vec<u8>) -> Result<(), CodecError>,
    pub(crate) body: BodyFn,
    pub(crate) headers: fn(&[u8], &mut HeaderMap),
}

impl ErasedCodec {
    pub(crate) fn new<C: Codec<T>, T: 'static>() -> Self {
        ErasedCodec {
            content_type: C::CONTENT_TYPE,
            item: |item, out| match item.downcast_ref::<T>() {
                Some(item) => C::item(item, out),
                None => Err("the codec belongs to another item type".into()),
            },
            body: C::body,
            headers: C::headers,
        }
    }
}
