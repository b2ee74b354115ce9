//! An open journal file.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use bulk_endpoint::Row;
use bulk_endpoint::journal::{Begun, JournalError, JournalFuture, RunStart, Store as JournalStore};
use futures_channel::oneshot;
use serde::de::DeserializeOwned;

use crate::fault::{Fault, store_error};
use crate::file_runs::opening;
use crate::files::create_new;
use crate::forget::restore;
use crate::items::RunItems;
use crate::life_journal::LifeJournal;
use crate::open::{check_pages, open, open_to_read};
use crate::options::{Options, utc_millis};
use crate::pages::Reader;
use crate::report::RunReport;
use crate::runs::{RunInfo, runs};
use crate::shared::{Shared, answered, on_thread, spawn};
use crate::writer::{Command, work};

/// A file of runs. Cheap to clone: the clones share one thread, which writes the file.
///
/// The file is closed when the last clone, and the last run that uses it, is dropped. The drop waits for what was handed over to be written.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

impl Store {
    /// Opens a file of runs, and creates it if it is not there: only its owner can read it.
    ///
    /// # Errors
    ///
    /// The file cannot be written, is not a journal, is damaged or of a newer format, is on a network file system, or another process has it
    /// open.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        Store::open_with(path, Options::new()).await
    }

    /// Opens a file of runs with other settings than the default.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn open_with(path: impl AsRef<Path>, options: Options) -> Result<Self, JournalError> {
        let path = path.as_ref().to_owned();
        let (reply, opened) = oneshot::channel();
        let (commands, received) = channel();
        let thread = spawn({
            move || {
                let locked = open(&path, &options).and_then(|locked| {
                    if options.restored {
                        restore(&locked.file, utc_millis(&options.now)).map_err(|fault| fault.of_opening(&path))?;
                    }
                    Ok(locked)
                });
                match locked {
                    Ok(locked) => {
                        let _ = reply.send(Ok(locked.path.clone()));
                        work(locked, options, &received);
                    }
                    Err(error) => {
                        let _ = reply.send(Err(error));
                    }
                }
            }
        })?;
        let path = answered(opened).await?;
        Ok(Store { shared: Arc::new(Shared::to_write(path, commands, thread)) })
    }

    /// Opens a file of runs to read it, also while another process works on it. No run can begin.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not a journal, or is of a newer format.
    pub async fn open_read_only(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        let path = path.as_ref().to_owned();
        let path = on_thread(move || open_to_read(&path).map(|opened| opened.path)).await?;
        Ok(Store { shared: Arc::new(Shared::to_read(path)) })
    }

    /// Returns the report of a run, over all its lives, finished or not.
    ///
    /// # Errors
    ///
    /// The file has no run with this name, or it cannot be read.
    pub async fn report(&self, name: &str) -> Result<RunReport, JournalError> {
        let (path, name) = (self.shared.path.clone(), name.to_owned());
        on_thread(move || RunReport::read(&path, &name)).await
    }

    /// Selects items of a run, made from their keys, as the source of another run: to repair what failed, or to undo what succeeded.
    ///
    /// A key that is a string is deserialized from that string, any other key from its JSON. Duplicates are left out.
    ///
    /// ```no_run
    /// # async fn example(store: bulk_endpoint_durable::Store, activate: bulk_endpoint::Bulk<String>) {
    /// use bulk_endpoint::OutcomeKind;
    ///
    /// let report = activate.send(store.items::<String>("leavers").outcome(OutcomeKind::Succeeded)).await;
    /// # }
    /// ```
    ///
    /// The first `Err` ends the input of a run: see [`Report::source_error`](bulk_endpoint::Report::source_error).
    ///
    /// The new run knows where its items come from (the view `origins`). Ids that a run [assigns](bulk_endpoint::AssignedId) stay those that they
    /// had there, so that a vendor that drops what it had already does so here, too.
    pub fn items<T: DeserializeOwned>(&self, name: &str) -> RunItems<'static, T> {
        RunItems::from_keys(opening(self.shared.path.clone()), name.to_owned())
    }

    /// Selects items of a run, made by the caller, as the source of another run: items that are more than their keys, or that have none. The index
    /// of a [`Row`] is the number of the item: without keys, its place in the input.
    ///
    /// ```no_run
    /// # use bulk_endpoint::{AssignedId, Bulk, BulkItem, OutcomeKind};
    /// # #[derive(Clone, serde::Serialize, BulkItem)]
    /// # struct Message { id: AssignedId, body: String }
    /// # async fn example(store: bulk_endpoint_durable::Store, publish: Bulk<Message>, messages: Vec<Message>) {
    /// let refused = store.items_with("news", |row| messages[row.index].clone()).outcome(OutcomeKind::Refused);
    /// let report = publish.send(refused).journal(&store, "news, again").await;
    /// # }
    /// ```
    pub fn items_with<'a, T>(&self, name: &str, make: impl FnMut(Row) -> T + Send + 'a) -> RunItems<'a, T> {
        RunItems::with(opening(self.shared.path.clone()), name.to_owned(), make)
    }

    /// Lists the runs, in the order in which they were created. Reads all items.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub async fn runs(&self) -> Result<Vec<RunInfo>, JournalError> {
        let path = self.shared.path.clone();
        on_thread(move || runs(&path)).await
    }

    /// Deletes a run, and overwrites what the file had of it. The same call then starts from the beginning, and sends everything again.
    ///
    /// The file is rebuilt without the run. That needs as much space again, next to the file and in the folder for temporary files. The runs that
    /// work meanwhile wait for it: some seconds for a million items of other runs.
    ///
    /// # Errors
    ///
    /// There is no run with this name, a task works on it, or the file cannot be written. [`JournalError::InUse`] also if another program reads
    /// the file and does not end within some seconds: the run is deleted, and is overwritten by a call of [`prune`](Self::prune) after that.
    pub async fn forget(&self, name: &str) -> Result<(), JournalError> {
        let name = name.to_owned();
        self.shared.call(|reply| Command::Forget { name, reply }).await
    }

    /// Deletes the runs that ended longer ago than this and have no open items, as [`forget`](Self::forget) does. Returns their names.
    ///
    /// # Errors
    ///
    /// As [`forget`](Self::forget).
    pub async fn prune(&self, older_than: Duration) -> Result<Vec<String>, JournalError> {
        self.shared.call(|reply| Command::Prune { older_than, reply }).await
    }

    /// Writes a copy of the file, as it is at one moment, also while runs work on it. If the copy replaces the file, open it with
    /// [`Options::restored`].
    ///
    /// # Errors
    ///
    /// There is a file at the path, or it cannot be written.
    pub async fn backup(&self, to: impl AsRef<Path>) -> Result<(), JournalError> {
        let (path, to) = (self.shared.path.clone(), to.as_ref().to_owned());
        on_thread(move || backup(&path, &to)).await
    }

    /// Closes the file and gives it another name, for example when its run is finished. A file with that name is replaced.
    ///
    /// A journal in use is more than one file: renaming it by other means may lose what is in its log.
    ///
    /// # Errors
    ///
    /// A clone of this store or a run still uses the file, a program reads it and does not end within some seconds, another process writes the
    /// journal that is to be replaced, or it cannot be renamed. It is closed, and has its old name.
    pub async fn rename(self, to: impl AsRef<Path>) -> Result<(), JournalError> {
        let to = std::path::absolute(to)
            .map_err(|error| store_error(format!("expected the path of a file, found: {error}")))?;
        let path = self.shared.path.clone();
        let Some(shared) = Arc::into_inner(self.shared) else {
            let message = format!(
                "expected that nothing uses the journal `{}` while it is renamed, but a clone of its `Store` or a run does; drop it first",
                path.display()
            );
            return Err(JournalError::InUse(message.into()));
        };
        shared.call(|reply| Command::Rename { to, reply }).await
    }

    /// Checks the whole file for damage. [`open`](Self::open) does so if the file is smaller than 256 MiB, or was not closed.
    ///
    /// # Errors
    ///
    /// The file is damaged, or cannot be read.
    pub async fn check(&self) -> Result<(), JournalError> {
        let path = self.shared.path.clone();
        on_thread(move || Reader::open(&path)?.read(|file| Ok(check_pages(&path, file)?))).await
    }
}

impl JournalStore for Store {
    type Report = RunReport;

    fn begin(&self, name: &str, start: RunStart) -> JournalFuture<Begun> {
        let life = self.shared.next_life();
        let name = name.to_owned();
        // If the future is dropped, so is the journal, and the life ends.
        let journal = LifeJournal::new(self.shared.clone(), life);
        let started = self.shared.call(move |reply| Command::Begin { life, name, start, reply });
        Box::pin(async move {
            let started = started.await?;
            Ok(Begun {
                journal: Arc::new(journal),
                run: started.run,
                life: started.life,
                has_responded: started.has_responded,
                time_left: started.time_left,
                pending: started.pending,
                busy_for: started.busy_for,
            })
        })
    }

    fn report(&self, name: &str) -> JournalFuture<RunReport> {
        let (path, name) = (self.shared.path.clone(), name.to_owned());
        Box::pin(on_thread(move || RunReport::read(&path, &name)))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

fn backup(path: &Path, to: &Path) -> Result<(), JournalError> {
    let reader = Reader::open(path)?;
    let not_written = |error: &dyn fmt::Display| {
        store_error(format!(
            "expected a new file that can be written at `{}`, found: {error}; use another path",
            to.display()
        ))
    };
    let copy = create_new(to).map_err(|error| not_written(&error))?;
    let copied = reader.read(|file| {
        let to = to.to_str().ok_or_else(|| Fault::call("the path is not valid UTF-8"))?;
        file.execute("vacuum into ?1", [to])?;
        Ok(())
    });
    // SQLite does not sync what it writes there.
    let copied =
        copied.map_err(|error| not_written(&error)).and_then(|()| copy.sync_all().map_err(|error| not_written(&error)));
    if copied.is_err() {
        let _ = fs::remove_file(to);
    }
    copied
}
