//! The process that is killed: a run with a journal, or calls of a batcher, over one of three endpoints.

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use bulk_endpoint::{Bulk, Row};
use bulk_endpoint_durable::Store;
use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt};
use serde::{Deserialize, Serialize};

use crate::endpoint::{Changed, Kind, Refused};

/// The name of the run in the journal.
pub(crate) const RUN: &str = "run";

/// What the process is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) kind: Kind,
    pub(crate) url: String,
    pub(crate) ids: Vec<u64>,
    pub(crate) way: Way,
}

/// How the process does its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Way {
    /// It awaits the report of one run.
    Awaits,
    /// It streams the outcomes of one run, and notes those that it was given.
    Streams,
    /// It calls a batcher once for each id that the journal does not have, and notes what the calls return.
    Calls,
}

impl Job {
    /// The files of a job, in its folder.
    pub(crate) const JOURNAL: &str = "run.db";
    pub(crate) const TOLD: &str = "told";

    /// Does the job to its end, unless it is killed.
    pub(crate) async fn work(self, folder: &Path) {
        let store = Store::open(folder.join(Job::JOURNAL)).await.unwrap();
        // A process looks at its own file, too.
        store.runs().await.unwrap();
        let bulk = self.kind.endpoint(&self.url, Duration::from_secs(30));
        let told = OpenOptions::new().create(true).append(true).open(folder.join(Job::TOLD)).unwrap();
        let note = |row: Row| (&told).write_all(format!("{} {}\n", row.key, row.outcome).as_bytes()).unwrap();
        let run = bulk.send(self.ids.clone()).concurrency(4).journal(&store, RUN);
        match self.way {
            Way::Awaits => {
                let report = run.await.unwrap();
                assert_eq!((report.stopped(), report.read_all()), (None, true), "{report}");
            }
            Way::Streams => {
                let mut outcomes = pin!(run.outcomes());
                while let Some(item) = outcomes.next().await {
                    note(item.unwrap().row);
                }
            }
            Way::Calls => self.call(bulk, &store, note).await,
        }
    }

    async fn call(self, bulk: Bulk<u64, Changed, Refused>, store: &Store, note: impl Fn(Row)) {
        let recorded: HashSet<String> = match store.report(RUN).await {
            Ok(report) => report.rows().map(|row| row.unwrap().key).collect(),
            // The first life.
            Err(_) => HashSet::new(),
        };
        let (journal, open) = (store.clone(), store.clone());
        let batcher = bulk
            .batcher()
            .options(move |run| run.concurrency(4).linger(Duration::from_millis(1)).journal(&journal, RUN));
        let (calls, driver) = batcher.resume(move || open.items(RUN).open().with_duplicates()).build();
        let driver = tokio::spawn(driver);
        let ids = self.ids.into_iter().filter(|id| !recorded.contains(&id.to_string()));
        let callers = ids.map(|id| calls.send(id).map(|settled| note(settled.unwrap().row())));
        join_all(callers).await;
        calls.close(Duration::MAX).await;
        driver.await.unwrap().unwrap();
    }
}
