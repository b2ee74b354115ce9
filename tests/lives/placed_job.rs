//! A job whose result names items by their places in the request.

use bulk_endpoint::{BulkReply, Index, ItemReply};
use serde::Deserialize;

use crate::types::State;

/// A running job, or its result.
#[derive(Debug, Deserialize, BulkReply)]
pub struct PlacedJob {
    #[bulk(job)]
    #[serde(default)]
    pub job: Option<String>,
    #[bulk(status)]
    pub state: State,
    #[bulk(succeeded)]
    #[serde(default)]
    pub done: Vec<Index<0>>,
    #[bulk(failed)]
    #[serde(default)]
    pub failures: Vec<PlacedFailure>,
}

#[derive(Debug, Deserialize, ItemReply)]
pub struct PlacedFailure {
    #[bulk(key)]
    pub id: Index<0>,
    #[bulk(message)]
    pub message: String,
    #[bulk(code)]
    #[serde(default)]
    pub code: Option<String>,
}
