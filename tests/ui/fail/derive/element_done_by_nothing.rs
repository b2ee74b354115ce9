use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
#[bulk(positional)]
struct Created {
    id: Option<u64>,
    #[bulk(failed)]
    error: Option<String>,
}

#[derive(Deserialize, ItemReply)]
#[bulk(positional)]
#[serde(untagged)]
enum Either {
    #[bulk(failed)]
    Failure { error: String },
    #[bulk(succeeded)]
    Done { id: Option<u64> },
}

fn main() {}
