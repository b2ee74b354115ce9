//! The extension of a file, by which its format is known.

use std::path::Path;

/// Returns the extension of a file in lower case: `csv` for `IDS.CSV`.
pub(crate) fn extension_of(path: &Path) -> Option<String> {
    path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase())
}
