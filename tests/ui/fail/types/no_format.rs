use bulk_endpoint::{Bulk, BulkReply, InFormat, bulk_api};
use serde::Deserialize;

struct Xml;

#[derive(Deserialize, BulkReply)]
struct Deleted {
    #[bulk(succeeded)]
    deleted: Vec<String>,
}

#[bulk_api]
trait Objects {
    #[post("/delete")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn delete(&self) -> Bulk<String, InFormat<Xml, Deleted>>;
}

fn main() {}
