use bulk_endpoint::ItemReply;
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Failure(#[bulk(key)] String, u16);

fn main() {}
