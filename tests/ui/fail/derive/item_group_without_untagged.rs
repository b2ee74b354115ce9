use bulk_endpoint::BulkItem;
use serde::Serialize;

#[derive(Serialize, BulkItem)]
#[bulk(group)]
#[serde(rename_all = "lowercase")]
enum Change {
    Create { name: String },
    Delete(u64),
}

/// With a tag of its own: the vendor repeats the name.
#[derive(Serialize, BulkItem)]
#[bulk(group)]
#[serde(tag = "kind")]
enum Tagged {
    Create { name: String },
}

fn main() {}
