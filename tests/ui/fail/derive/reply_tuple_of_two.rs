use bulk_endpoint::BulkReply;
use serde::Deserialize;

#[derive(Deserialize, BulkReply)]
struct Answer(#[bulk(succeeded)] Vec<String>, #[bulk(failed)] Vec<String>);

fn main() {}
