use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Failure {
    #[bulk(keys, nested)]
    context: Context,
    #[bulk(message)]
    message: String,
}

#[derive(Deserialize, ItemReply)]
struct Context {
    #[bulk(keys)]
    ids: Vec<String>,
}

fn main() {}
