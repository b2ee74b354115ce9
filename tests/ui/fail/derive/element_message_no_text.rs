use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Element {
    #[bulk(key)]
    id: String,
    #[bulk(message)]
    message: Vec<String>,
}

fn main() {}
