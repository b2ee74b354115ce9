//! The encoding of one item: a short one is held in place, and a longer one is a part of a chunk that it shares with its neighbors.

use std::fmt;
use std::ops::Deref;

use bytes::{Bytes, BytesMut};

/// The most bytes that are held in place: a UUID and its quotes are 38.
const SHORT: usize = 46;

/// An item as it appears in a request.
#[derive(Clone)]
pub(crate) enum Encoded {
    Short { len: u8, bytes: [u8; SHORT] },
    Long(Bytes),
}

impl Encoded {
    /// Takes what was written to `chunk`, which keeps its capacity.
    pub(super) fn take(chunk: &mut BytesMut) -> Self {
        let mut bytes = [0; SHORT];
        match bytes.get_mut(..chunk.len()) {
            Some(part) => {
                part.copy_from_slice(chunk);
                let len = chunk.len() as u8;
                chunk.clear();
                Encoded::Short { len, bytes }
            }
            None => Encoded::Long(chunk.split().freeze()),
        }
    }

    /// A text in quotes, if it is short.
    pub(super) fn quoted(text: &[u8]) -> Option<Self> {
        let (mut bytes, end) = ([0; SHORT], text.len() + 1);
        *bytes.get_mut(end)? = b'"';
        bytes[0] = b'"';
        bytes[1..end].copy_from_slice(text);
        Some(Encoded::Short { len: end as u8 + 1, bytes })
    }

    /// Copies a long encoding out of its chunk. The item may wait for long, and would keep the whole chunk in memory.
    pub(crate) fn detach(&mut self) {
        if let Encoded::Long(bytes) = self {
            *bytes = Bytes::copy_from_slice(bytes);
        }
    }
}

impl Default for Encoded {
    fn default() -> Self {
        Encoded::Short { len: 0, bytes: [0; SHORT] }
    }
}

impl Deref for Encoded {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Encoded::Short { len, bytes } => &bytes[..usize::from(*len)],
            Encoded::Long(bytes) => bytes,
        }
    }
}

impl AsRef<[u8]> for Encoded {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl PartialEq for Encoded {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_what_was_written_whatever_its_length() {
        let mut chunk = BytesMut::with_capacity(1 << 10);
        for len in [0, 1, SHORT - 1, SHORT, SHORT + 1, 300] {
            let text = "x".repeat(len);
            chunk.extend_from_slice(text.as_bytes());
            let mut encoded = Encoded::take(&mut chunk);
            assert_eq!((&*encoded, chunk.len()), (text.as_bytes(), 0), "{len}");
            encoded.detach();
            assert_eq!(&*encoded, text.as_bytes());
            let quoted = Encoded::quoted(text.as_bytes());
            assert_eq!(quoted.is_some(), len + 2 <= SHORT, "{len}");
            assert!(quoted.is_none_or(|quoted| *quoted == *format!("\"{text}\"").as_bytes()));
        }
    }
}
