//! Keys that ignore case.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

/// A key that ignores the case of ASCII letters, for a vendor whose response has `ABC-1` for the item `abc-1`.
///
/// It is sent unchanged. Two items whose keys differ only in case are never in one request, because a response cannot distinguish them:
/// one waits until the other is settled.
///
/// ```
/// use bulk_endpoint::{BulkItem, IgnoreCase};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, BulkItem)]
/// struct Email(IgnoreCase);
///
/// assert_eq!(IgnoreCase::from("Ada@example.com"), IgnoreCase::from("ada@EXAMPLE.com"));
/// ```
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IgnoreCase(pub String);

impl PartialEq for IgnoreCase {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for IgnoreCase {}

impl Hash for IgnoreCase {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.0.bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
        state.write_u8(0xff);
    }
}

impl fmt::Display for IgnoreCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<String> for IgnoreCase {
    fn from(text: String) -> Self {
        IgnoreCase(text)
    }
}

impl From<&str> for IgnoreCase {
    fn from(text: &str) -> Self {
        IgnoreCase(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, RandomState};

    use super::*;

    #[test]
    fn only_the_case_of_ascii_letters_is_ignored() {
        let hashes = RandomState::new();
        for (one, other, same) in [
            ("Ada-1", "aDA-1", true),
            ("", "", true),
            ("a", "b", false),
            ("a", "ab", false),
            ("\u{c4}", "\u{e4}", false),
        ] {
            let (one, other) = (IgnoreCase::from(one), IgnoreCase::from(other.to_owned()));
            assert_eq!((one == other, hashes.hash_one(&one) == hashes.hash_one(&other)), (same, same), "{one} {other}");
        }
        // Two keys in a row are not the two that their joined bytes could be.
        let pair = |one, other| hashes.hash_one((IgnoreCase::from(one), IgnoreCase::from(other)));
        assert_eq!(pair("A", "bc"), pair("a", "BC"));
        assert_ne!(pair("ab", "c"), pair("a", "bc"));
        assert_eq!(IgnoreCase::from("Ada").to_string(), "Ada");
    }
}
