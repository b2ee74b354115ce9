use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct RowResult {
    #[bulk(key)]
    id: u64,
    #[bulk(status)]
    status: String,
}

#[derive(Deserialize, ItemReply)]
struct OptionalResult {
    #[bulk(key)]
    id: u64,
    #[bulk(status)]
    status: Option<String>,
}

fn main() {}
