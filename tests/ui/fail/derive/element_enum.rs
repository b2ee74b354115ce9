use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
enum Element {
    Done { id: String },
}

fn main() {}
