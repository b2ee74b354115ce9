use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
#[bulk(order)]
struct Element {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: u16,
}

fn main() {}
