use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = (succeeded, unprocessed))]
struct Applied {
    #[bulk(succeeded)]
    done: Vec<String>,
}

fn main() {}
