use bulk_endpoint::{Bulk, Index, ItemReply, bulk_api};
use serde::Deserialize;

#[derive(Deserialize, ItemReply)]
struct Tracked {
    #[bulk(group)]
    input_array: String,
    #[bulk(key)]
    index: Index<0>,
    #[bulk(status)]
    ok: bool,
}

#[bulk_api]
trait Users {
    #[post("/track")]
    #[bulk_endpoint(max = 15, partial = true, items = "events")]
    fn track(&self) -> Bulk<String, Vec<Tracked>>;
}

fn main() {}
