use bulk_endpoint::BulkItem;
use serde::Serialize;

#[derive(Serialize, BulkItem)]
enum Token {
    One(String),
}

fn main() {}
