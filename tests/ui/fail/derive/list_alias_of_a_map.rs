use std::collections::HashMap;

use bulk_endpoint::BulkReply;
use serde::Deserialize;

type ByKey = HashMap<String, String>;

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(failed)]
    failed: ByKey,
}

fn main() {}
