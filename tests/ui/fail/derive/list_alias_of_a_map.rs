use std::collections::HashMap;

use bulk_endpoint::BulkReply;
use serde::Deserialize;

type ByKey = HashMap<String, String>;

#[derive(Deserialize, BulkReply)]
struct Answer {
    #[bulk(failed)]
    failed: ByKey,
}

fn main() {}
