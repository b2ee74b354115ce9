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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_the_unreserved_characters_of_rfc_3986_are_escaped() {
        let kept = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
        assert_eq!(escaped(kept), kept.as_bytes());
        for byte in (0..=127_u8).filter(|byte| !kept.as_bytes().contains(byte)) {
            assert_eq!(escaped(&char::from(byte).to_string()), format!("%{byte:02X}"));
        }
        assert_eq!(escaped("a b/\u{e9}\u{20ac}"), "a%20b%2F%C3%A9%E2%82%AC");
        let mut out = BytesMut::from("x=");
        escape(&mut out, b"1+1&");
        assert_eq!(out, "x=1%2B1%26");
    }
}
