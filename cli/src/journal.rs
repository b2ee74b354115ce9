//! The journal of a command: a file in which the run is recorded, so that the same command continues after a crash.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use bulk_endpoint_durable::{Options, Store};

use crate::state::forget;

/// A journal that is open.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// The open file.
    pub store: Store,
    /// Whether the file was there: an earlier command with it was killed or stopped.
    pub was_there: bool,
}

impl Journal {
    /// Opens the journal, and creates it if it is not there. `restored`: it was restored from a backup, which lacks what was sent after it.
    ///
    /// # Errors
    ///
    /// The journal cannot be used, or it was restored from a backup and is not there.
    pub async fn open(path: PathBuf, restored: bool) -> Result<Self> {
        let was_there = path.exists();
        if restored && !was_there {
            bail!("--restored: expected a journal at {path:?}, found none (nothing was sent)");
        }
        let options = Options::new().restored(restored);
        let store = Store::open_with(&path, options).await.context("--journal (nothing was sent)")?;
        Ok(Journal { path, store, was_there })
    }

    /// Says what the journal is for, and how far the run is that it continues. `continues` says what does so.
    pub(crate) async fn describe(&self, continues: &str) -> Result<String> {
        Ok(match self.progress().await? {
            None => format!(
                "Every request and outcome is recorded in {:?}: if this program is killed, {continues} continues.\n",
                self.path
            ),
            Some(progress) => format!("Continuing the run in {:?}. {progress}.\n", self.path),
        })
    }

    /// Returns the progress of the run in the journal as text; `None` if no command has started one.
    ///
    /// # Errors
    ///
    /// The journal cannot be read.
    pub async fn progress(&self) -> Result<Option<String>> {
        let runs = self.store.runs().await?;
        let runs: Vec<String> = runs
            .iter()
            .map(|run| {
                let counters = run.counters;
                let settled = counters.accepted - run.open;
                format!(
                    "{}: {settled} of {} items are settled, {} unknown",
                    run.name, counters.accepted, counters.unknown
                )
            })
            .collect();
        Ok((!runs.is_empty()).then(|| runs.join("; ")))
    }

    /// Deletes a journal that this command created and did not use.
    pub(crate) fn discard_unused(self) -> Result<()> {
        let Journal { path, store, was_there } = self;
        // The drop closes the file.
        drop(store);
        if was_there { Ok(()) } else { forget(&path) }
    }

    /// Puts a journal without open items aside, so that the same command starts a new run. It replaces the one before it, as the report
    /// does. Returns where it is.
    ///
    /// # Errors
    ///
    /// It cannot be renamed, or a program reads it.
    pub async fn put_aside(self) -> Result<PathBuf> {
        let Journal { path, store, .. } = self;
        let aside = path.with_extension("finished.db");
        store.rename(&aside).await.with_context(|| {
            format!("the run ended, but its journal could not be renamed to {aside:?}; it is in {path:?}: move it away before the next run")
        })?;
        Ok(aside)
    }
}

/// Puts an unfinished journal aside, so that the same command starts a new run. Returns where it is, if there was one.
///
/// # Errors
///
/// It cannot be renamed, or another process works on it.
pub(crate) async fn abandon(path: &Path) -> Result<Option<PathBuf>> {
    if !path.exists() {
        return Ok(None);
    }
    let Journal { store, .. } = Journal::open(path.to_owned(), false).await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let aside = path.with_extension(format!("abandoned-{now}.db"));
    store.rename(&aside).await.with_context(|| format!("cannot put the journal {path:?} aside (nothing was sent)"))?;
    Ok(Some(aside))
}

/// Where a journal is if the command does not say it: beside the report, else beside the input. A pipe is no file to put it
/// beside, so that its run has none without a report.
pub fn default_path(report: Option<&Path>, input: &Path) -> Option<PathBuf> {
    let beside = report.or_else(|| input.is_file().then_some(input))?;
    Some(beside.with_extension("journal.db"))
}
