use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Failure {
    #[bulk(key = "id")]
    id: String,
}

fn main() {}
