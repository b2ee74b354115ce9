use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Failure {
    #[bulk(group)]
    input_array: String,
    index: usize,
}

fn main() {}
