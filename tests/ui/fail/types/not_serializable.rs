use bulk_endpoint::{Bulk, BulkItem, ItemReply, bulk_api};

#[derive(BulkItem)]
struct Record {
    #[bulk(key)]
    id: u64,
}

#[derive(ItemReply)]
struct Entry {
    #[bulk(key)]
    id: u64,
    #[bulk(status)]
    status: u16,
}

#[bulk_api]
trait Records {
    #[post("/records")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn write(&self) -> Bulk<Record, Vec<Entry>>;
}

fn main() {}
