use bulk_endpoint::BulkItem;
use serde::Serialize;

#[derive(Serialize, BulkItem)]
struct Token<T>(T);

fn main() {}
