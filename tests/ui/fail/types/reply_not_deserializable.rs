use bulk_endpoint::{Bulk, BulkReply, bulk_api};

#[derive(BulkReply)]
struct Deleted {
    task_id: String,
    #[bulk(succeeded)]
    done: Vec<String>,
}

#[bulk_api]
trait Records {
    #[post("/records")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn delete(&self) -> Bulk<String, Deleted>;
}

fn main() {}
