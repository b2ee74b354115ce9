use bulk_endpoint::{ItemReply, Status};
use serde::Deserialize;

#[derive(Deserialize, Status)]
enum State {
    #[bulk(succeeded)]
    Done,
    Queued,
    Other(String),
}

#[derive(Deserialize, ItemReply)]
enum Outcome {
    #[bulk(succeeded)]
    Saved {
        id: u64,
    },
    Lost {
        reason: String,
    },
}

#[derive(Deserialize, ItemReply)]
struct Code {
    #[bulk(key)]
    id: u64,
    #[bulk(status)]
    code: Words,
}

/// Words without a verdict are codes.
#[derive(Deserialize, Status)]
enum Words {
    Gone,
    Busy,
}

fn main() {}
