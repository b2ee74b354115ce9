use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
#[serde(tag = "status")]
enum Element {
    #[bulk(succeeded)]
    Done {
        #[bulk(key)]
        id: String,
    },
}

fn main() {}
