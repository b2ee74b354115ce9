use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Element {
    #[bulk(keys)]
    id: String,
}

fn main() {}
