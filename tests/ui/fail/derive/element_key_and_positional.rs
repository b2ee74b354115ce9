use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
#[bulk(positional)]
struct Element {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: u16,
}

fn main() {}
