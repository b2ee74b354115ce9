//! Journals that are read where nothing can be written: on a read-only disk, or in the folder of another user.
//!
//! SQLite creates the index of a log beside each file that it reads. Where it cannot, it reads a file only if it is told that the file does not
//! change, and then it notices no change. So each read here checks that the file is as it was found.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::files::beside;

/// A file that no process writes, as it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Still {
    size: u64,
    modified: SystemTime,
}

impl Still {
    /// Returns `None` if a process may write the file, or was killed while it did: there is a log, or the index of one.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let size = |suffix| beside(path, suffix).metadata().map(|found| found.len());
        if size("-shm").is_ok() || size("-journal").is_ok() || size("-wal").is_ok_and(|size| size > 0) {
            return None;
        }
        let found = path.metadata().ok()?;
        Some(Still { size: found.len(), modified: found.modified().ok()? })
    }
}

/// Returns the URI that tells SQLite that a file does not change: <https://www.sqlite.org/uri.html>.
pub(crate) fn immutable(path: &Path) -> PathBuf {
    let mut name = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => name.push(char::from(*byte)),
            // Writing into a string does not fail.
            _ => _ = write!(name, "%{byte:02X}"),
        }
    }
    name.push_str("?immutable=1");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_escaped() {
        let name = immutable(Path::new("/a b/50%/ü?#.db"));
        assert_eq!(name, Path::new("file:/a%20b/50%25/%C3%BC%3F%23.db?immutable=1"));
    }
}
