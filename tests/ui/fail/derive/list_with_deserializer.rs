use bulk_endpoint::BulkReply;
use serde::{Deserialize, Deserializer};

#[derive(Deserialize, BulkReply)]
struct Response {
    #[bulk(succeeded)]
    #[serde(deserialize_with = "read")]
    done: Vec<String>,
}

fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Vec::deserialize(from)
}

fn main() {}
