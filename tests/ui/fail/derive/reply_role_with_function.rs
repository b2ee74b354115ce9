use bulk_endpoint::BulkReply;
use serde::{Deserialize, Deserializer};

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(succeeded)]
    done: Vec<String>,
    #[bulk(status)]
    #[serde(deserialize_with = "inverted")]
    failed: bool,
}

fn inverted<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    bool::deserialize(from).map(|failed| !failed)
}

fn main() {}
