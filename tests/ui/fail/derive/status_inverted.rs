use bulk_endpoint::{BulkReply, ItemReply};
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Element {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    #[serde(rename = "hasErrors")]
    erroneous: bool,
}

#[derive(Deserialize, BulkReply)]
#[bulk(unlisted = succeeded)]
struct Reply {
    #[bulk(status)]
    errors: bool,
}

fn main() {}
