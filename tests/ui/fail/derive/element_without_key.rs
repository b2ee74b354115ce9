use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Element {
    id: String,
    #[bulk(status)]
    status: u16,
}

fn main() {}
