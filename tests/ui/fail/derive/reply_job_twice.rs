use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Started {
    #[bulk(job)]
    id: String,
    #[bulk(job)]
    url: String,
}

fn main() {}
