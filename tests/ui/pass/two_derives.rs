//! A type that is sent and that a response repeats has the words of both derives.

use bulk_endpoint::{Bulk, BulkItem, ItemReply, bulk_api, item::Grouped};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, BulkItem, ItemReply)]
pub struct Record {
    #[bulk(key)]
    id: String,
    #[bulk(group)]
    table: String,
    #[bulk(status)]
    status: u16,
    #[bulk(message)]
    message: Option<String>,
}

#[bulk_api]
pub trait Records {
    #[post("/records")]
    #[bulk_endpoint(max = 15, partial = true, items = groups(""))]
    fn write(&self) -> Bulk<Record, Vec<Record>>;
}

fn main() {
    let record = Record { id: "r".to_owned(), table: "t".to_owned(), status: 200, message: None };
    assert_eq!(record.group(), "t");
}
