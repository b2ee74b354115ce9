//! The names of the files beside a journal, and the files that are opened other than by SQLite: those that no connection of this process can have
//! open.
//!
//! POSIX ends all locks of a process on a file as soon as the process closes one descriptor of it. Where a connection has the file open, that
//! includes the locks of SQLite: another program then takes itself for the only one and deletes the log, and what is committed after that is
//! lost. So the file of a journal is looked at by its path (`metadata`), or through SQLite, which keeps account of its descriptors.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The file that holds the lock of a journal.
pub(crate) fn lock_of(path: &Path) -> PathBuf {
    beside(path, "-lock")
}

/// The file that belongs to this one, and has its name with this at the end.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Creates a file that only its owner can read. There was none at this path, so that no connection has it open.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    private().create_new(true).open(path)
}

/// Opens the file beside a journal that holds its lock, and creates it if it is not there. Its lock is `flock`'s, which belongs to the descriptor.
pub(crate) fn open_lock(beside: &Path) -> io::Result<File> {
    private().read(true).create(true).truncate(false).open(beside)
}

/// Reads the first bytes of the rollback journal beside a file. SQLite has no locks on it: they are on the file itself.
pub(crate) fn read_rollback_journal<const N: usize>(beside: &Path) -> io::Result<[u8; N]> {
    let mut start = [0; N];
    File::open(beside)?.read_exact(&mut start)?;
    Ok(start)
}

/// Files that only their owner can read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
