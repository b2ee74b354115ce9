//! Why an operation on the file fails, and the words for it.

use std::path::Path;
use std::time::Duration;

use bulk_endpoint::journal::JournalError;
use rusqlite::ErrorCode;

/// The result of an operation inside the store.
pub(crate) type Done<V> = Result<V, Fault>;

/// Why an operation fails.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Of SQLite: nothing of the transaction can be trusted.
    Sql(rusqlite::Error),
    /// Of the call alone: the other calls of the transaction stand.
    Call(JournalError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Fault::Sql(error)
    }
}

impl From<JournalError> for Fault {
    fn from(error: JournalError) -> Self {
        Fault::Call(error)
    }
}

impl Fault {
    /// An error of the call, in words.
    pub(crate) fn call(message: impl Into<String>) -> Self {
        Fault::Call(store_error(message))
    }

    /// The error of an operation that does not write.
    pub(crate) fn of_reading(self, path: &Path) -> JournalError {
        match self {
            Fault::Sql(error) => unreadable(path, &error),
            Fault::Call(error) => error,
        }
    }
}

impl Fault {
    /// The error of a file that is opened to be written.
    pub(crate) fn of_opening(self, path: &Path) -> JournalError {
        match self {
            Fault::Sql(error) => {
                store_error(format!("cannot open the journal `{}`: {}{}", path.display(), cause(&error), fix(&error)))
            }
            Fault::Call(error) => error,
        }
    }
}

pub(crate) fn store_error(message: impl Into<String>) -> JournalError {
    JournalError::Store(message.into().into())
}

/// The journal cannot be read.
pub(crate) fn unreadable(path: &Path, error: &rusqlite::Error) -> JournalError {
    store_error(format!("cannot read the journal `{}`: {}{}", path.display(), cause(error), fix(error)))
}

/// The journal cannot be written any more: what is durable, what is not, and what to do.
pub(crate) fn unwritable(path: &Path, error: &rusqlite::Error) -> JournalError {
    store_error(format!(
        "cannot write the journal `{}`: {}. What was recorded before is in the file; what this write had is not known to be there, and nothing \
         more is recorded until the file is opened again{}; then the same call continues",
        path.display(),
        cause(error),
        fix(error),
    ))
}

/// A file of the journal was deleted or moved while it was in use.
pub(crate) fn lost(path: &Path, missing: &Path) -> JournalError {
    store_error(format!(
        "cannot write the journal `{}`: `{}` was deleted or moved while this process used it. Nothing more is recorded until the file is opened again: \
         if it was moved, put it back; then the same call continues",
        path.display(),
        missing.display()
    ))
}

fn cause(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full".to_owned(),
        Some(ErrorCode::DatabaseCorrupt) => "the file is damaged".to_owned(),
        Some(ErrorCode::NotADatabase) => "the file is not an SQLite database".to_owned(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program, such as `sqlite3`, writes it or holds a transaction open".to_owned()
        }
        _ => error.to_string(),
    }
}

fn fix(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "; free some space first",
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "; use a backup, with `Options::restored`",
        Some(ErrorCode::SystemIoFailure) => "; check the disk first",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "; end that program, or its transaction, first",
        Some(ErrorCode::PermissionDenied | ErrorCode::ReadOnly | ErrorCode::CannotOpen) => {
            "; make the file and its folder writable first"
        }
        _ => "",
    }
}

/// The journal has no run with this name.
pub(crate) fn no_run(path: &Path, name: &str) -> JournalError {
    store_error(format!(
        "expected a run with the name `{name}` in the journal `{}`, found none; `Store::runs` lists the names",
        path.display()
    ))
}

/// Milliseconds as the file has them. A time of more than 292 million years is cut.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Returns the time from `then` to `now`. `None`: the clock was set back in between, so the time is not known.
pub(crate) fn known_age(now: i64, then: i64) -> Option<Duration> {
    (now >= then).then(|| age(now, then))
}

/// The time from then until now; zero if the clock was set back in between.
pub(crate) fn age(now: i64, then: i64) -> Duration {
    Duration::from_millis(u64::try_from(now.saturating_sub(then)).unwrap_or(0))
}
