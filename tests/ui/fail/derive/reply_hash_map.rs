use bulk_endpoint::BulkReply;
use serde::Deserialize;

use std::collections::HashMap;

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(failed)]
    errors: HashMap<String, String>,
}

fn main() {}
