use bulk_endpoint::BulkItem;
use serde::Serialize;

/// Derives no `BulkItem`.
#[derive(Serialize)]
struct Reference {
    id: u64,
}

#[derive(Serialize, BulkItem)]
struct Member {
    #[bulk(key, nested)]
    user: Reference,
}

#[derive(Serialize, BulkItem)]
struct Two {
    #[bulk(key, nested)]
    user: Reference,
    #[bulk(key)]
    team: u64,
}

#[derive(Serialize, BulkItem)]
struct Alone {
    #[bulk(nested)]
    user: Reference,
}

fn main() {}
