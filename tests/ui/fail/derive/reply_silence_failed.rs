use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
#[bulk(silence = failed)]
struct Answer {
    #[bulk(succeeded)]
    done: Vec<String>,
}

fn main() {}
