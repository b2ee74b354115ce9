//! The endpoints that are measured.

use bulk_endpoint::{ApiError, Bulk, BulkReply, bulk_api};
use serde::Deserialize;

#[derive(Debug, Deserialize, BulkReply)]
pub struct Done {
    #[bulk(succeeded)]
    successes: Vec<u64>,
}

#[derive(Debug, Deserialize, BulkReply)]
pub struct Renamed {
    #[bulk(succeeded)]
    successes: Vec<String>,
}

#[derive(Debug, Deserialize, ApiError)]
pub struct Refused {
    #[bulk(message)]
    message: String,
}

#[bulk_api]
pub trait Vendor: Send + Sync {
    #[post("/idempotent")]
    #[bulk_endpoint(max = 15, partial = true, idempotent = true)]
    fn idempotent(&self) -> Bulk<u64, Done, Refused>;

    #[post("/once")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn once(&self) -> Bulk<u64, Done, Refused>;

    #[post("/single")]
    #[bulk_endpoint(max = 1, partial = true)]
    fn single(&self) -> Bulk<u64, Done, Refused>;

    #[post("/many")]
    #[bulk_endpoint(max = 100, partial = true, idempotent = true)]
    fn many(&self) -> Bulk<u64, Done, Refused>;

    #[post("/names")]
    #[bulk_endpoint(max = 15, partial = true, idempotent = true)]
    fn names(&self) -> Bulk<String, Renamed, Refused>;

    #[post("/name")]
    #[bulk_endpoint(max = 1, partial = true)]
    fn name(&self) -> Bulk<String, Renamed, Refused>;

    #[post("/fast")]
    #[bulk_endpoint(max = 15, partial = true, idempotent = true, rate = "5000/1s")]
    fn fast(&self) -> Bulk<u64, Done, Refused>;

    #[post("/quota")]
    #[bulk_endpoint(max = 15, partial = true, idempotent = true, rate = "100/10s")]
    fn quota(&self) -> Bulk<u64, Done, Refused>;
}

pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("expected a runtime").block_on(future)
}
