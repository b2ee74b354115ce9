//! The process that is killed: a run with a journal over one of three endpoints.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::pin::pin;

use bulk_endpoint::{ApiError, Bulk, BulkReply, Client, ItemReply, Status, bulk_api};
use bulk_endpoint_durable::Store;
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};

/// The name of the run in the journal.
pub(crate) const RUN: &str = "run";

/// The endpoint of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Idempotent,
    Once,
    /// Not idempotent, and a job has the results.
    Jobs,
}

#[derive(Debug, Deserialize, BulkReply)]
struct Changed {
    #[bulk(job)]
    #[serde(default)]
    job: Option<String>,
    #[bulk(status)]
    state: State,
    #[bulk(succeeded)]
    #[serde(default)]
    successes: Vec<u64>,
    #[bulk(failed)]
    #[serde(default)]
    failures: Vec<NotChanged>,
}

#[derive(Debug, Deserialize, Status)]
#[serde(rename_all = "lowercase")]
enum State {
    #[bulk(pending)]
    Running,
    #[bulk(succeeded)]
    Done,
}

#[derive(Debug, Deserialize, ItemReply)]
struct NotChanged {
    #[bulk(key)]
    id: u64,
    #[bulk(code)]
    code: String,
    #[bulk(message)]
    message: String,
}

#[derive(Debug, Deserialize, ApiError)]
struct Refused {
    #[bulk(message)]
    message: String,
}

#[bulk_api]
trait Vendor: Send + Sync {
    #[post("/put")]
    #[header("Idempotency-Key", batch_key)]
    #[bulk_endpoint(max = 5, partial = true, idempotent = true)]
    fn put(&self) -> Bulk<u64, Changed, Refused>;

    #[post("/create")]
    #[header("Idempotency-Key", batch_key)]
    #[bulk_endpoint(max = 5, partial = true)]
    fn create(&self) -> Bulk<u64, Changed, Refused>;

    #[post("/jobs")]
    #[header("Idempotency-Key", batch_key)]
    #[bulk_endpoint(max = 5, partial = true, poll = "/jobs/{job}")]
    fn start(&self) -> Bulk<u64, Changed, Refused>;
}

/// What the process is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) kind: Kind,
    pub(crate) url: String,
    pub(crate) ids: Vec<u64>,
    /// Whether it streams the outcomes, and notes those that it was given. Otherwise it awaits the report.
    pub(crate) streams: bool,
}

impl Job {
    /// The files of a job, in its folder.
    pub(crate) const JOURNAL: &str = "run.db";
    pub(crate) const TOLD: &str = "told";

    /// Does the job to its end, unless it is killed.
    pub(crate) async fn work(self, folder: &Path) {
        let store = Store::open(folder.join(Job::JOURNAL)).await.unwrap();
        let vendor = VendorClient::new(Client::builder(&self.url).build().unwrap());
        let bulk = match self.kind {
            Kind::Idempotent => vendor.put(),
            Kind::Once => vendor.create(),
            Kind::Jobs => vendor.start(),
        };
        let run = bulk.send(self.ids).concurrency(4).journal(&store, RUN);
        if !self.streams {
            let report = run.await.unwrap();
            assert_eq!((report.stopped(), report.read_all()), (None, true), "{report}");
            return;
        }
        let mut told = OpenOptions::new().create(true).append(true).open(folder.join(Job::TOLD)).unwrap();
        let mut outcomes = pin!(run.outcomes());
        while let Some(item) = outcomes.next().await {
            let row = item.unwrap().row;
            told.write_all(format!("{} {}\n", row.key, row.outcome).as_bytes()).unwrap();
        }
    }
}
