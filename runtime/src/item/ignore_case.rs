//! Keys that a vendor writes in another case than it was sent.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

/// A key that is the same in upper and lower case, for a vendor that answers with `ABC-1` for `abc-1`. Only ASCII letters are.
///
/// It is sent as it is written. Of two items that differ in case alone one waits for the other: a response could not tell them
/// apart.
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
