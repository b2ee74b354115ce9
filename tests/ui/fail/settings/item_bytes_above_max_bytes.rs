use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, max_bytes = 10, max_item_bytes = 11)]
    fn deactivate(&self) -> Bulk<String>;
}

fn main() {}
