//! The journal of a command: a file beside its report, so that the same command continues after a crash.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bulk_endpoint_durable::Store;

/// A journal that is open.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    pub(crate) store: Store,
    /// Whether the file was there: an earlier command with it was killed or stopped.
    pub(crate) was_there: bool,
}

impl Journal {
    /// Opens the journal, and creates it if it is not there.
    pub(crate) async fn open(path: PathBuf) -> Result<Self> {
        let was_there = path.exists();
        let store = Store::open(&path).await.context("--journal (nothing was sent)")?;
        Ok(Journal { path, store, was_there })
    }

    /// Says what the journal is for, and how far the run is that it continues.
    pub(crate) async fn describe(&self) -> Result<String> {
        let runs = self.store.runs().await?;
        if runs.is_empty() {
            return Ok(format!(
                "Every request and outcome is recorded in {:?}: if this program is killed, the same command continues.\n",
                self.path
            ));
        }
        let runs = runs.iter().map(|run| {
            let counters = run.counters;
            format!("{}: {} of {} ids are settled", run.name, counters.accepted - run.open, counters.accepted)
        });
        Ok(format!("Continuing the run in {:?}. {}.\n", self.path, runs.collect::<Vec<_>>().join("; ")))
    }

    /// Puts a journal without open ids aside, so that the same command starts a new run. It replaces the one before it, as the report does.
    /// Returns where it is.
    pub(crate) fn put_aside(self) -> Result<PathBuf> {
        let Journal { path, store, .. } = self;
        // The drop closes the file.
        drop(store);
        let aside = path.with_extension("finished.db");
        fs::rename(&path, &aside).with_context(|| {
            format!("the run ended, but its journal could not be renamed to {aside:?}; it is in {path:?}: move it away before the next run")
        })?;
        Ok(aside)
    }
}

/// Where a journal is if the command does not say it: beside the report, else beside the input. A pipe is no file to put it
/// beside, so that its run has none without a report.
pub(crate) fn default_path(report: Option<&Path>, input: &Path) -> Option<PathBuf> {
    let beside = report.or_else(|| input.is_file().then_some(input))?;
    Some(beside.with_extension("journal.db"))
}
