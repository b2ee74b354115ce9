use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
#[serde(tag = "type")]
enum Entry {
    #[bulk(succeeded, accepted)]
    Done,
    #[bulk(failed)]
    Error,
}

fn main() {}
