//! Opening a journal: whether the file is one, and whether it can be used.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bulk_endpoint::journal::JournalError;
use rusqlite::{Connection, OpenFlags};

use crate::fault::{Done, Fault, store_error};
use crate::network::network_file_system;

/// "blkE": the `application_id` of a journal.
const APPLICATION: i32 = 0x626c_6b45;
/// The format of this release: the `user_version` of a journal.
const FORMAT: i32 = 1;
/// The changes of the format, the first from an empty file.
const MIGRATIONS: [&str; FORMAT as usize] = [include_str!("schema.sql")];
/// The largest file that is checked each time it is opened. A check reads all of it.
const CHECKED: u64 = 256 << 20;

/// A file that this process alone writes, until it is dropped.
pub(crate) struct Locked {
    pub(crate) file: Connection,
    /// Its lock ends when it is closed.
    pub(crate) lock: File,
}

/// Opens a journal to write it, and creates it if it is not there.
pub(crate) fn open(path: &Path, max_pages: Option<u32>) -> Result<Locked, JournalError> {
    if path.to_str().is_some_and(|path| path.starts_with("postgres://") || path.starts_with("postgresql://")) {
        // The address may have a password in it.
        let message = "expected the path of a file, found the address of a PostgreSQL database; open it with `PostgresStore::open` \
                       (feature `postgres`)";
        return Err(store_error(message));
    }
    let size = create(path)?;
    if let Some(name) = network_file_system(path) {
        return Err(store_error(format!(
            "expected the journal `{}` on a disk of this machine, found it on a network file system ({name}), whose locks and syncs cannot be \
             trusted; put it on a local disk",
            path.display()
        )));
    }
    // Another name of the file would have another lock.
    let real = path.canonicalize().map_err(|error| not_usable(path, "written", &error))?;
    let path = real.as_path();
    let lock = lock(path)?;
    check_magic(path, size)?;
    let file = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let was_left = wal(path).metadata().is_ok_and(|wal| wal.len() > 0);
    check_format(path, &file)?;
    if size <= CHECKED || was_left {
        check_pages(path, &file)?;
    }
    prepare(&file, max_pages).map_err(|fault| fault.of_opening(path))?;
    Ok(Locked { file, lock })
}

/// Opens a journal to read it.
pub(crate) fn open_to_read(path: &Path) -> Result<Connection, JournalError> {
    let mut file = File::open(path).map_err(|error| not_usable(path, "read", &error))?;
    let size = file.seek(SeekFrom::End(0)).map_err(|error| not_usable(path, "read", &error))?;
    check_magic(path, size)?;
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let format = check_format(path, &connection)?;
    if format == 0 {
        return Err(store_error(format!("expected a journal at `{}`, found an empty file", path.display())));
    }
    Ok(connection)
}

/// Creates the file if it is not there; others cannot read it. Returns its size.
fn create(path: &Path) -> Result<u64, JournalError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    private(&mut options);
    let file = options.open(path).map_err(|error| not_usable(path, "written", &error))?;
    Ok(file.metadata().map_err(|error| not_usable(path, "written", &error))?.len())
}

/// Makes files that only their owner can read.
pub(crate) fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

fn not_usable(path: &Path, done: &str, error: &io::Error) -> JournalError {
    let fix = match error.kind() {
        io::ErrorKind::NotFound => "create its folder, or correct the path",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "change its permissions, or use another path"
        }
        io::ErrorKind::IsADirectory => "give the path of a file",
        _ => "use another path",
    };
    let words = error.to_string();
    // Without "(os error 13)".
    let words = words.split(" (os error").next().unwrap_or_default().to_lowercase();
    store_error(format!("expected a journal that can be {done} at `{}`, found: {words}; {fix}", path.display()))
}

/// The lock is on a file beside the journal, so that programs can read the journal while a run works.
fn lock(path: &Path) -> Result<File, JournalError> {
    let beside = beside(path, "-lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    private(&mut options);
    let mut file = options.open(&beside).map_err(|error| not_usable(&beside, "written", &error))?;
    match file.try_lock() {
        Ok(()) => {
            // For people who look for the process. That it cannot be written changes nothing.
            let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let holder = match holder.parse::<u32>() {
                Ok(id) if id == std::process::id() => "this process has it open already".to_owned(),
                Ok(id) => format!("process {id} uses it"),
                Err(_) => "another process uses it".to_owned(),
            };
            let message = format!(
                "expected that nothing else writes the journal `{}`, but {holder}; wait for its end, clone the open `Store`, or read with \
                 `Store::open_read_only`",
                path.display()
            );
            Err(JournalError::InUse(message.into()))
        }
        Err(TryLockError::Error(error)) => Err(not_usable(&beside, "locked", &error)),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The log that a process leaves if it ends without closing the file.
fn wal(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

fn check_magic(path: &Path, size: u64) -> Result<(), JournalError> {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(16).read_to_end(&mut start));
    read.map_err(|error| not_usable(path, "read", &error))?;
    if size > 0 && start != b"SQLite format 3\0" {
        return Err(store_error(format!(
            "expected a journal at `{}`, found a file that is not an SQLite database; use another path, or move that file away",
            path.display()
        )));
    }
    Ok(())
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, JournalError> {
    // A path is not a URI, and one connection is used by one thread.
    let file = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| Fault::from(error).of_opening(path))?;
    let set = || {
        // Of readers: for the moment in which a writer that was killed is recovered.
        file.busy_timeout(Duration::from_secs(5))?;
        file.set_prepared_statement_cache_capacity(64);
        // Nothing in the file is run as code.
        file.pragma_update(None, "trusted_schema", false)
    };
    set().map_err(|error| Fault::from(error).of_opening(path))?;
    Ok(file)
}

/// Returns the format of the file; 0 if it is empty.
fn check_format(path: &Path, file: &Connection) -> Result<i32, JournalError> {
    let read = || -> rusqlite::Result<(i32, i32, bool)> {
        let number = |name: &str| file.pragma_query_value(None, name, |row| row.get(0));
        let is_empty = !file.prepare("select 1 from sqlite_schema limit 1")?.exists([])?;
        Ok((number("application_id")?, number("user_version")?, is_empty))
    };
    let (application, format, is_empty) = read().map_err(|error| Fault::from(error).of_opening(path))?;
    match (application, format) {
        (0, 0) if is_empty => Ok(0),
        (APPLICATION, 1..=FORMAT) => Ok(format),
        (APPLICATION, _) if format > FORMAT => Err(store_error(format!(
            "expected a journal of format {FORMAT} or older at `{}`, found format {format}: a newer release wrote it; use that release",
            path.display()
        ))),
        _ => Err(store_error(format!(
            "expected a journal at `{}`, found an SQLite database of another program; use another path",
            path.display()
        ))),
    }
}

fn check_pages(path: &Path, file: &Connection) -> Result<(), JournalError> {
    let found = file.query_row("pragma quick_check(1)", [], |row| row.get::<_, String>(0));
    let found = found.map_err(|error| Fault::from(error).of_opening(path))?;
    if found == "ok" { Ok(()) } else { Err(damaged(path, &found)) }
}

/// Checks the whole file, whatever its size.
pub(crate) fn check(path: &Path) -> Result<(), JournalError> {
    check_pages(path, &open_to_read(path)?)
}

fn damaged(path: &Path, found: &str) -> JournalError {
    // Such as "*** in database main ***\nTree 5 page 7: …".
    let found = found.lines().last().unwrap_or(found);
    store_error(format!(
        "expected a sound journal at `{}`, found damage: {found}; use a backup, with `Options::restored`",
        path.display()
    ))
}

fn prepare(file: &Connection, max_pages: Option<u32>) -> Done<()> {
    file.pragma_update(None, "journal_mode", "wal")?;
    // Each commit is synced.
    file.pragma_update(None, "synchronous", "full")?;
    // On macOS, `fsync` alone does not empty the cache of the disk.
    file.pragma_update(None, "fullfsync", true)?;
    file.pragma_update(None, "checkpoint_fullfsync", true)?;
    file.pragma_update(None, "temp_store", "memory")?;
    // In KiB: the pages of the index that a long run changes.
    file.pragma_update(None, "cache_size", -32_768)?;
    file.pragma_update(None, "wal_autocheckpoint", 4_096)?;
    file.pragma_update(None, "journal_size_limit", 64 << 20)?;
    if let Some(pages) = max_pages {
        file.pragma_update(None, "max_page_count", pages)?;
    }
    migrate(file)
}

/// Brings the file to the format of this release, in one transaction.
fn migrate(file: &Connection) -> Done<()> {
    let format: i32 = file.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if format == FORMAT {
        return Ok(());
    }
    let transaction = file.unchecked_transaction()?;
    for migration in &MIGRATIONS[format as usize..] {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_commit_is_synced() {
        let folder = tempfile::TempDir::new().unwrap();
        let opened = open(&folder.path().join("run.db"), None).unwrap();
        let number = |name| opened.file.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
        // 2: full.
        assert_eq!((number("synchronous"), number("fullfsync"), number("checkpoint_fullfsync")), (2, 1, 1));
        let mode: String = opened.file.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }
}
