use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Element {
    #[bulk(key)]
    id: String,
    #[bulk(failed)]
    error: f64,
}

fn main() {}
