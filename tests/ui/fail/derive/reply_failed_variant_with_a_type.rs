use bulk_endpoint::{BulkReply, ItemReply};
use serde::Deserialize;

#[derive(BulkReply)]
enum Reply {
    #[bulk(on(200))]
    Each(Vec<Judged>),
    #[bulk(failed, on(400))]
    Refused(Vec<Judged>),
}

#[derive(Deserialize, ItemReply)]
struct Judged {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    ok: bool,
}

fn main() {}
