//! Compressed bodies.

use bytes::Bytes;

/// Whether the crate was built with the feature `gzip`.
pub(super) const IS_AVAILABLE: bool = cfg!(feature = "gzip");

/// Compresses a body. The same bytes in give the same bytes out: the header has no time (RFC 1952, `MTIME` 0).
#[cfg(feature = "gzip")]
pub(super) fn gzip(body: &[u8]) -> Bytes {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4 + 32), Compression::default());
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    written.expect("a `Vec` takes every byte").into()
}

/// Never called: the binder rejects endpoints with a compression.
#[cfg(not(feature = "gzip"))]
pub(super) fn gzip(body: &[u8]) -> Bytes {
    Bytes::copy_from_slice(body)
}
