use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Lists {
    #[bulk(succeeded)]
    done: Vec<String>,
}

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(nested)]
    #[serde(flatten)]
    lists: Lists,
}

fn main() {}
