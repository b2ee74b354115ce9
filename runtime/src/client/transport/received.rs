//! A response as it is received: its date, its body up to the maximum size, and gzip.

use std::io::Read as _;
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::deadline::Deadline;
use super::{Response, TruncatedBody, TruncationKind};

/// A body that arrives in parts.
pub(super) trait Chunks: Send {
    /// Returns the length that the head names.
    fn length(&self) -> Option<u64>;

    /// Returns the next part; none at the end. An `Err` says in words why the body is incomplete.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, String>> + Send;
}

/// Reads the body of a response whose head was received.
pub(super) async fn receive(
    status: StatusCode,
    mut headers: HeaderMap,
    chunks: &mut impl Chunks,
    max_bytes: usize,
    deadline: &Deadline,
) -> Response {
    add_date(&mut headers, SystemTime::now());
    let mut received = Received::default();
    let read = deadline.bound(read_body(chunks, max_bytes, &mut received)).await;
    let read = read.unwrap_or_else(|| Err((TruncationKind::Timeout, deadline.incomplete())));
    let body = received.into_bytes();
    let body = if take_gzip(&mut headers) { decode_gzip(&body, max_bytes, read) } else { complete(body, read) };
    Response { status: status.as_u16(), headers, body }
}

/// Adds the time of receipt as the `Date` of a response without one (RFC 9110, section 6.6.1), if a date in its `Retry-After` may be
/// measured from it.
pub(super) fn add_date(headers: &mut HeaderMap, received: SystemTime) {
    if headers.contains_key(RETRY_AFTER) && !headers.contains_key(DATE) {
        let date = HeaderValue::try_from(httpdate::fmt_http_date(received));
        headers.extend(date.ok().map(|date| (DATE, date)));
    }
}

/// Returns whether the body is still gzip, and removes the headers that say so. reqwest decodes `gzip` only; `x-gzip` is the same, and the
/// names ignore case (RFC 9110, section 8.4.1).
fn take_gzip(headers: &mut HeaderMap) -> bool {
    let encoding = headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes).unwrap_or_default().trim_ascii();
    let is_gzip = encoding.eq_ignore_ascii_case(b"x-gzip") || encoding.eq_ignore_ascii_case(b"gzip");
    if is_gzip {
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
    }
    is_gzip
}

/// Decodes a gzip body to at most `max` bytes: a few bytes may be the gzip of gigabytes. Of one that is incomplete, the start is decoded.
fn decode_gzip(body: &[u8], max: usize, read: Result<(), (TruncationKind, String)>) -> Result<Bytes, TruncatedBody> {
    let mut decoded = Vec::new();
    let decoder = MultiGzDecoder::new(body);
    let whole = match decoder.take((max as u64).saturating_add(1)).read_to_end(&mut decoded) {
        _ if body.is_empty() => Ok(()),
        Ok(length) if length > max => Err(too_large(max)),
        Ok(_) => Ok(()),
        Err(error) => Err((TruncationKind::Broken, format!("the gzip body cannot be decoded: {error}"))),
    };
    complete(decoded.into(), read.and(whole))
}

fn complete(body: Bytes, read: Result<(), (TruncationKind, String)>) -> Result<Bytes, TruncatedBody> {
    match read {
        Ok(()) => Ok(body),
        Err((kind, detail)) => Err(TruncatedBody { start: body, kind, detail }),
    }
}

/// The part of a body that was received.
#[derive(Default)]
struct Received {
    /// Most bodies are one chunk: it is not copied.
    first: Bytes,
    all: BytesMut,
}

impl Received {
    fn len(&self) -> usize {
        self.first.len().max(self.all.len())
    }

    fn push(&mut self, chunk: Bytes) {
        if self.len() == 0 {
            self.first = chunk;
            return;
        }
        if self.all.is_empty() {
            self.all.reserve(self.first.len() + chunk.len());
            self.all.extend_from_slice(&self.first);
        }
        self.all.extend_from_slice(&chunk);
    }

    fn into_bytes(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.freeze() }
    }
}

/// Reads a body of at most `max` bytes. An `Err` says why it is incomplete.
async fn read_body(
    chunks: &mut impl Chunks,
    max: usize,
    received: &mut Received,
) -> Result<(), (TruncationKind, String)> {
    if chunks.length().is_some_and(|length| length > max as u64) {
        return Err(too_large(max));
    }
    while let Some(chunk) = chunks.next().await.map_err(|why| (TruncationKind::Broken, why))? {
        let room = max - received.len();
        if chunk.len() > room {
            received.push(chunk.slice(..room));
            return Err(too_large(max));
        }
        received.push(chunk);
    }
    Ok(())
}

fn too_large(max: usize) -> (TruncationKind, String) {
    (TruncationKind::TooLarge, format!("the response is larger than {max} bytes"))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::time::Duration;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_gzip_body_is_decoded_up_to_the_limit() {
        let whole = |body: Vec<u8>, max: usize| {
            decode_gzip(&body, max, Ok(())).map(|body| body.len()).map_err(|truncated| truncated.kind)
        };
        assert_eq!(whole(Vec::new(), 0), Ok(0));
        assert_eq!(whole(gzip(b"[1]"), 3), Ok(3));
        assert_eq!(whole(gzip(b"[1]"), 2), Err(TruncationKind::TooLarge));
        assert_eq!(whole([gzip(b"[1,"), gzip(b"2]")].concat(), usize::MAX), Ok(5));
        let bomb = gzip(&vec![b' '; 10_000_000]);
        assert!(bomb.len() < 20_000);
        assert_eq!(whole(bomb, 1_000_000), Err(TruncationKind::TooLarge));
        assert_eq!(whole(gzip(b"[1]")[..20].to_vec(), 1000), Err(TruncationKind::Broken));
        assert_eq!(whole(b"[1]".to_vec(), 1000), Err(TruncationKind::Broken));
        // Of an incomplete one the start is decoded, and the reason stays.
        let cut = gzip(&b"[1]".repeat(1_000));
        let cut =
            decode_gzip(&cut[..cut.len() - 9], 10_000, Err((TruncationKind::Timeout, "late".into()))).unwrap_err();
        assert_eq!((cut.kind, &*cut.detail, cut.start.starts_with(b"[1][1]")), (TruncationKind::Timeout, "late", true));
    }

    #[test]
    fn gzip_has_two_names_that_ignore_case() {
        for (encoding, is_gzip) in
            [("x-gzip", true), ("X-GZip", true), ("GZIP", true), ("gzip, gzip", false), ("br", false), ("", false)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
            assert_eq!(take_gzip(&mut headers), is_gzip, "{encoding}");
            assert_eq!(headers.contains_key(CONTENT_ENCODING), !is_gzip, "{encoding}");
        }
    }

    #[test]
    fn a_response_without_a_date_is_dated_by_its_receipt() {
        let received = SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_900);
        let of_receipt = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        for (retry_after, date, want) in [
            (Some("Sun, 06 Nov 1994 08:50:37 GMT"), None, of_receipt),
            (Some("2"), None, of_receipt),
            (
                Some("Sun, 06 Nov 1994 08:50:37 GMT"),
                Some("Sat, 05 Nov 1994 00:00:00 GMT"),
                Some("Sat, 05 Nov 1994 00:00:00 GMT"),
            ),
            (None, None, None),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(retry_after.map(|value| (RETRY_AFTER, HeaderValue::from_static(value))));
            headers.extend(date.map(|value| (DATE, HeaderValue::from_static(value))));
            add_date(&mut headers, received);
            assert_eq!(headers.get(DATE).map(|date| date.to_str().unwrap()), want, "{retry_after:?} {date:?}");
        }
    }
}
