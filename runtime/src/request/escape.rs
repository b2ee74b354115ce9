//! Percent-encoding of texts in a query, a form or a path.

use bytes::{BufMut, Bytes, BytesMut};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// The characters that a query and a form keep unescaped: the unreserved characters of RFC 3986.
pub(crate) const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(crate) fn escape(out: &mut BytesMut, text: &[u8]) {
    percent_encode(text, UNRESERVED).for_each(|part| out.put_slice(part.as_bytes()));
}

pub(crate) fn escaped(text: &str) -> Bytes {
    let mut out = BytesMut::new();
    escape(&mut out, text.as_bytes());
    out.freeze()
}
