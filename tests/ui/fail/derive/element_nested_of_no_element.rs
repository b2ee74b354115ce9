use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize)]
struct Error {
    code: String,
}

#[derive(Deserialize, ItemReply)]
struct Failure {
    #[bulk(key)]
    id: String,
    #[bulk(nested)]
    error: Error,
}

fn main() {}
