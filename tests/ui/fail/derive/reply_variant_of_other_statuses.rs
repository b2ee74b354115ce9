use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(BulkReply)]
enum Response {
    #[bulk(on(207))]
    Some(Lists),
    #[bulk(on(204))]
    All,
}

#[derive(Deserialize, BulkReply)]
#[bulk(on(422))]
struct Lists {
    #[bulk(failed)]
    failed: Vec<String>,
}

fn main() {}
