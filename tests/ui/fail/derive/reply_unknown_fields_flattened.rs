use std::collections::HashMap;

use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
#[serde(deny_unknown_fields)]
struct Response {
    #[bulk(failed)]
    failed: Vec<String>,
    #[serde(flatten)]
    rest: HashMap<String, u64>,
}

fn main() {}
