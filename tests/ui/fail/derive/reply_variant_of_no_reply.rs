use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize)]
struct Accepted {
    done: Vec<String>,
}

#[derive(BulkReply)]
enum Response {
    #[bulk(on(200))]
    Done(Accepted),
    #[bulk(on(204))]
    Nothing,
}

fn main() {}
