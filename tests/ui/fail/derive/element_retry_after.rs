use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Element {
    #[bulk(key)]
    id: String,
    #[bulk(retry_after)]
    retry_after: u64,
}

fn main() {}
