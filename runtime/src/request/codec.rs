//! Bodies that are no JSON: the plug-in behind `items = codec(Type)`.

use std::any::Any;
use std::error::Error;

use http::HeaderMap;
use serde_json::{Map, Value};

/// Why a codec could not encode an item: any error, or a text (`Err("…".into())`).
pub type CodecError = Box<dyn Error + Send + Sync>;

/// Writes the body of requests whose items sit in no place that the declaration has a word for: XML, multipart, line
/// protocol, compressed messages.
///
/// `#[bulk_endpoint(items = codec(Ndjson))]` names the implementing type. The run encodes each item once, with
/// [`item`](Self::item), and makes each body of some of these encodings, with [`body`](Self::body); it never sees items
/// and answers apart, so a codec cannot lose one.
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
/// Requests are sized by the encoded items and the body without any (`max_bytes`), an item by its encoding
/// (`max_item_bytes`). Where a whole body turns out larger than `max_bytes` all the same, it is not sent, but halved.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no codec of `{T}` [BULK623]",
    label = "cannot encode `{T}`",
    note = "`items = codec({Self})` needs `impl bulk_endpoint::Codec<{T}> for {Self}`"
)]
pub trait Codec<T>: 'static {
    /// The content type of the body, unless the declaration has a fixed header for it.
    const CONTENT_TYPE: &'static str;

    /// Appends the item's encoding to `out`, which is empty. An error ends the item, and no other, unsent.
    fn item(item: &T, out: &mut Vec<u8>) -> Result<(), CodecError>;

    /// The body of a request: `fields` are the endpoint's further body fields, as JSON; `items` the encodings, in order.
    ///
    /// It is called once without items, to know the size of the rest. The same arguments must give the same bytes.
    fn body(fields: &Map<String, Value>, items: &[&[u8]]) -> Vec<u8>;

    /// Adds the headers that the body makes, such as a checksum or a boundary. They stand over all others of the request.
    fn headers(body: &[u8], headers: &mut HeaderMap) {
        let _ = (body, headers);
    }
}

type BodyFn = fn(&Map<String, Value>, &[&[u8]]) -> Vec<u8>;

/// A codec without its types.
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
                None => Err("the codec is another item type's".into()),
            },
            body: C::body,
            headers: C::headers,
        }
    }
}
