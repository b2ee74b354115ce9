//! The endpoints of runs that are killed.

use std::time::Duration;

use bulk_endpoint::{ApiError, Bulk, BulkReply, Client, ItemReply, Status, bulk_api};
use serde::{Deserialize, Serialize};

/// The endpoint of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Idempotent,
    Once,
    /// Not idempotent, and a job has the results.
    Jobs,
}

impl Kind {
    /// The endpoint of this kind, at this URL. No request takes longer than this.
    pub(crate) fn endpoint(self, url: &str, timeout: Duration) -> Bulk<u64, Changed, Refused> {
        let vendor = VendorClient::new(Client::builder(url).timeout(timeout).build().unwrap());
        match self {
            Kind::Idempotent => vendor.put(),
            Kind::Once => vendor.create(),
            Kind::Jobs => vendor.start(),
        }
    }
}

#[derive(Debug, Deserialize, BulkReply)]
pub(crate) struct Changed {
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
pub(crate) enum State {
    #[bulk(pending)]
    Running,
    #[bulk(succeeded)]
    Done,
}

#[derive(Debug, Deserialize, ItemReply)]
pub(crate) struct NotChanged {
    #[bulk(key)]
    id: u64,
    #[bulk(code)]
    code: String,
    #[bulk(message)]
    message: String,
}

#[derive(Debug, Deserialize, ApiError)]
pub(crate) struct Refused {
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
