use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Element {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: u16,
    #[bulk(failed)]
    error: Option<String>,
}

fn main() {}
