//! Opening a journal: whether the file is one, and whether it can be used.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bulk_endpoint::journal::JournalError;
use rusqlite::ffi::SQLITE_READONLY_ROLLBACK;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags};

use crate::fault::{Done, Fault, store_error};
use crate::files::{beside, create_new, lock_of, open_lock, read_rollback_journal};
use crate::network::network_file_system;
use crate::options::Options;
use crate::still::{Still, immutable};

/// "blkE": the `application_id` of a journal.
const APPLICATION: i32 = 0x626c_6b45;
/// The format of this release: the `user_version` of a journal.
const FORMAT: i32 = 1;
/// The changes of the format, the first from an empty file.
const MIGRATIONS: [&str; FORMAT as usize] = [include_str!("schema.sql")];
/// The size of a page: SQLite's default.
const PAGE: u64 = 4096;
/// The largest file that is checked each time it is opened. A check reads all of it.
const CHECKED: u64 = 256 << 20;

/// A file that this process alone writes, until it is dropped.
pub(crate) struct Locked {
    /// Its path, which does not depend on the current folder.
    pub(crate) path: PathBuf,
    pub(crate) file: Connection,
    /// Its lock ends when it is closed.
    pub(crate) lock: File,
}

/// Opens a journal to write it, and creates it if it is not there.
pub(crate) fn open(path: &Path, options: &Options) -> Result<Locked, JournalError> {
    if path.to_str().is_some_and(|path| path.starts_with("postgres://") || path.starts_with("postgresql://")) {
        // The address may have a password in it.
        let message = "expected the path of a file, found the address of a PostgreSQL database; open it with `PostgresStore::open` \
                       (feature `postgres`)";
        return Err(store_error(message));
    }
    // Another name of the file would have another lock.
    let (real, size) = find(path, "written")?;
    let path = real.as_path();
    // The file is not there yet, or is mounted by itself.
    if let Some(name) = [Some(path), path.parent()].into_iter().flatten().find_map(network_file_system) {
        return Err(store_error(format!(
            "expected the journal `{}` on a disk of this machine, found it on a network file system ({name}), whose locks and syncs cannot be \
             trusted; put it on a local disk",
            path.display()
        )));
    }
    // SQLite names the log by the name that it is given, so that each name would have its own.
    #[cfg(unix)]
    if let Ok(names @ 2..) = path.metadata().map(|found| std::os::unix::fs::MetadataExt::nlink(&found)) {
        return Err(store_error(format!(
            "expected a journal with one name at `{}`, found {names} hard links to it: what is written under one name would be missing under \
             the others; use a copy of the file (`Store::backup`)",
            path.display()
        )));
    }
    let has_log = || wal(path).metadata().is_ok_and(|wal| wal.len() > 0);
    let has_foreign_log = options.restored && has_log();
    // Beside the file of another program, nothing is created.
    if size > 0 && !has_foreign_log && !was_empty(path, size) {
        check_format(path, &connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?)?;
    }
    let lock = lock(path)?;
    if has_foreign_log {
        return Err(store_error(format!(
            "expected a backup without a log at `{0}`, found `{0}-wal`: SQLite would write the commits of the file before into the backup; delete \
             `{0}-wal` and `{0}-shm`. If the backup was opened since it was restored, the log is its own: then open it without \
             `Options::restored`",
            path.display()
        )));
    }
    create(path)?;
    let file = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // SQLite opens what it may not write to read it.
    if file.is_readonly(MAIN_DB).map_err(|error| Fault::from(error).of_opening(path))? {
        return Err(not_usable(path, "written", &io::ErrorKind::PermissionDenied.into()));
    }
    let was_left = has_log();
    check_format(path, &file)?;
    let size = path.metadata().map_or(0, |found| found.len());
    if size <= CHECKED || was_left {
        check_pages(path, &file)?;
    }
    prepare(&file, options.max_pages).map_err(|fault| fault.of_opening(path))?;
    Ok(Locked { path: real, file, lock })
}

/// A journal that is open to be read.
pub(crate) struct Readable {
    /// Its path, which does not depend on the current folder.
    pub(crate) path: PathBuf,
    pub(crate) file: Connection,
    /// The file as it was found, if SQLite does not notice that it changes.
    pub(crate) still: Option<Still>,
}

/// Opens a journal to read it.
pub(crate) fn open_to_read(path: &Path) -> Result<Readable, JournalError> {
    path.metadata().map_err(|error| not_usable(path, "read", &error))?;
    let (path, size) = find(path, "read")?;
    let mut still = Still::of(&path);
    let mut file = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let code = file.prepare("select 1 from sqlite_schema").err().and_then(|error| error.sqlite_error_code());
    // What a log needs cannot be created.
    still = still.filter(|_| matches!(code, Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)));
    if still.is_some() {
        file = connect_as(&immutable(&path), &path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)?;
    }
    if was_empty(&path, size) || check_format(&path, &file)? == 0 {
        return Err(store_error(format!("expected a journal at `{}`, found an empty file", path.display())));
    }
    Ok(Readable { path, file, still })
}

/// The one name of a file, without symbolic links, and its size: 0 if it is not there.
fn find(path: &Path, done: &str) -> Result<(PathBuf, u64), JournalError> {
    let not_usable = |error: io::Error| not_usable(path, done, &error);
    match path.metadata() {
        Ok(found) if found.is_dir() => Err(not_usable(io::ErrorKind::IsADirectory.into())),
        Ok(found) if !found.is_file() => Err(not_usable(io::Error::other("a device or a pipe"))),
        Ok(found) => Ok((path.canonicalize().map_err(not_usable)?, found.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if path.symlink_metadata().is_ok() {
                return Err(not_usable(io::Error::other("a symbolic link to a file that is not there")));
            }
            let name = path.file_name().ok_or_else(|| not_usable(io::ErrorKind::IsADirectory.into()))?;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            Ok((folder.canonicalize().map_err(not_usable)?.join(name), 0))
        }
        Err(error) => Err(not_usable(error)),
    }
}

/// Creates the file if it is not there; others cannot read it. The lock is held, so that no other writer creates it.
fn create(path: &Path) -> Result<(), JournalError> {
    match create_new(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(not_usable(path, "written", &error)),
    }
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
    let beside = lock_of(path);
    let mut file = open_lock(&beside).map_err(|error| not_usable(&beside, "written", &error))?;
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
                "expected a journal `{}` without a writer, found that {holder}; wait for its end, clone the open `Store`, or read with \
                 `Store::open_read_only`",
                path.display()
            );
            Err(JournalError::InUse(message.into()))
        }
        Err(TryLockError::Error(error)) => Err(not_usable(&beside, "locked", &error)),
    }
}

/// Renames a journal that is closed and locked, and whose log is empty.
///
/// The log and its index stay with the file: a program that still has it open goes on with all three. If they stayed behind, the next journal with
/// the old name would be read with the index of this one.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), JournalError> {
    if from == to {
        return Ok(());
    }
    // A journal in use must not be replaced: its process would go on with a file that has no name.
    let replaced = lock(to)?;
    let if_there = |done: io::Result<()>| match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    };
    let renamed = || -> io::Result<()> {
        for suffix in ["-wal", "-shm", "-journal"] {
            // Of the file that is replaced. SQLite would take its log for the log of this one.
            if_there(fs::remove_file(beside(to, suffix)))?;
        }
        fs::rename(from, to)?;
        for suffix in ["-wal", "-shm"] {
            if_there(fs::rename(beside(from, suffix), beside(to, suffix)))?;
        }
        Ok(())
    };
    let renamed = renamed();
    let _ = replaced.unlock();
    renamed.map_err(|error| {
        store_error(format!(
            "expected to rename the journal `{}` to `{}`, found: {error}; rename it, and what it has with `-wal` and `-shm`",
            from.display(),
            to.display()
        ))
    })
}

/// Returns whether a file of this size is empty but for a transaction without an end: its process was killed while it created the journal. SQLite
/// undoes it when the file is opened to be written, and only then.
///
/// That transaction writes one page. A larger file is a journal already, which never has a rollback journal: one beside it is of another file.
/// The size of the database before the transaction is in the rollback journal: <https://www.sqlite.org/fileformat.html#the_rollback_journal>.
fn was_empty(path: &Path, size: u64) -> bool {
    const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    let header = read_rollback_journal::<20>(&beside(path, "-journal"));
    size <= PAGE && header.is_ok_and(|header| header[..8] == MAGIC && header[16..] == [0; 4])
}

/// The log that a process leaves if it ends without closing the file.
fn wal(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, JournalError> {
    // A path is not a URI.
    connect_as(path, path, flags)
}

/// Opens the file at a path by the name that SQLite has for it.
fn connect_as(name: &Path, path: &Path, flags: OpenFlags) -> Result<Connection, JournalError> {
    // One connection is used by one thread.
    let file = Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
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
    let (application, format, is_empty) = read().map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => store_error(format!(
            "expected a journal at `{}`, found a file that is not an SQLite database; use another path, or move that file away",
            path.display()
        )),
        // SQLite would write what another file was into a journal.
        _ if error.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_READONLY_ROLLBACK) => {
            store_error(format!(
                "expected a journal at `{0}`, found an SQLite database with an unfinished transaction, `{0}-journal`, which a journal never has; \
                 use another path, or delete `{0}-journal` if it is of a file that was there before",
                path.display()
            ))
        }
        _ => Fault::from(error).of_opening(path),
    })?;
    match (application, format) {
        (0, 0) if is_empty => Ok(0),
        (APPLICATION, 1..=FORMAT) => Ok(format),
        (APPLICATION, _) if format > FORMAT => Err(store_error(format!(
            "expected a journal of format {FORMAT} or older at `{}`, found format {format}: a newer release wrote it; use that release",
            path.display()
        ))),
        _ => Err(of_another_program(path)),
    }
}

fn of_another_program(path: &Path) -> JournalError {
    store_error(format!(
        "expected a journal at `{}`, found an SQLite database of another program; use another path",
        path.display()
    ))
}

/// Looks for damage in the whole file.
pub(crate) fn check_pages(path: &Path, file: &Connection) -> Result<(), JournalError> {
    let found = file.query_row("pragma quick_check(1)", [], |row| row.get::<_, String>(0));
    let found = found.map_err(|error| Fault::from(error).of_opening(path))?;
    if found == "ok" { Ok(()) } else { Err(damaged(path, &found)) }
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

    /// A database whose process was killed in a transaction that had written a part of it.
    fn killed_in_a_transaction(folder: &Path, before: &str) -> PathBuf {
        let (path, copy) = (folder.join("original.db"), folder.join("run.db"));
        let file = Connection::open(&path).unwrap();
        file.execute_batch(before).unwrap();
        // So many pages do not stay in memory.
        file.execute_batch(
            "pragma cache_size = 1; pragma cache_spill = 1; begin; create table more (bytes blob); \
             with recursive n(n) as (select 1 union all select n + 1 from n where n < 50) \
             insert into more select zeroblob(5000) from n",
        )
        .unwrap();
        fs::copy(&path, &copy).unwrap();
        fs::copy(beside(&path, "-journal"), beside(&copy, "-journal")).unwrap();
        assert!(copy.metadata().unwrap().len() > PAGE);
        copy
    }

    #[test]
    fn a_journal_whose_creation_was_interrupted_is_created_again() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = killed_in_a_transaction(folder.path(), "");
        File::options().write(true).open(&path).unwrap().set_len(PAGE).unwrap();
        let error = open_to_read(&path).err().unwrap().to_string();
        assert!(error.ends_with("found an empty file"), "{error}");
        let opened = open(&path, &Options::new()).unwrap();
        let tables =
            |file: &Connection| file.query_row("select group_concat(name) from sqlite_schema", [], |row| row.get(0));
        let tables: String = tables(&opened.file).unwrap();
        assert!(tables.contains("attempts") && !tables.contains("more"), "{tables}");
    }

    #[test]
    fn an_interrupted_database_of_another_program_is_left_as_it_is() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = killed_in_a_transaction(folder.path(), "create table theirs (a); insert into theirs values (1)");
        let before = fs::read(&path).unwrap();
        for error in [open(&path, &Options::new()).err(), open_to_read(&path).err()] {
            let error = error.unwrap().to_string();
            assert!(error.contains("found an SQLite database with an unfinished transaction"), "{error}");
        }
        assert!(fs::read(&path).unwrap() == before && !beside(&path, "-lock").exists());
    }

    /// An operator copies a backup to where a process was killed.
    #[test]
    fn a_journal_is_kept_beside_the_rollback_journal_of_another_file() {
        let folder = tempfile::TempDir::new().unwrap();
        let (path, backup) = (killed_in_a_transaction(folder.path(), ""), folder.path().join("backup.db"));
        drop(open(&backup, &Options::new()).unwrap());
        fs::copy(&backup, &path).unwrap();
        for options in [Options::new(), Options::new().restored(true)] {
            let error = open(&path, &options).err().unwrap().to_string();
            assert!(error.ends_with("run.db-journal` if it is of a file that was there before"), "{error}");
        }
        assert!(fs::read(&path).unwrap() == fs::read(&backup).unwrap());
        // One that is renamed to there takes nothing over.
        rename(&backup, &path).unwrap();
        let opened = open(&path, &Options::new()).unwrap();
        assert_ne!(check_format(&path, &opened.file).unwrap(), 0);
    }

    #[test]
    fn each_commit_is_synced() {
        let folder = tempfile::TempDir::new().unwrap();
        let opened = open(&folder.path().join("run.db"), &Options::new()).unwrap();
        let number = |name| opened.file.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
        // 2: full.
        assert_eq!((number("synchronous"), number("fullfsync"), number("checkpoint_fullfsync")), (2, 1, 1));
        let mode: String = opened.file.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }
}
