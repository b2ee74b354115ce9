use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Lists {
    #[bulk(succeeded)]
    done: Vec<String>,
}

#[derive(BulkReply)]
enum Response {
    Done(Lists),
    #[bulk(on(204))]
    Nothing,
}

fn main() {}
