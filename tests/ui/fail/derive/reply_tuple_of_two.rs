use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Response(#[bulk(succeeded)] Vec<String>, #[bulk(failed)] Vec<String>);

fn main() {}
