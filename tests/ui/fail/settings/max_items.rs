use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max_items = 15, partial = false)]
    fn deactivate(&self) -> Bulk<String>;

    #[post("/deactivate")]
    #[bulk_endpoint(batch_size = 15, partial = false)]
    fn delete(&self) -> Bulk<String>;
}

fn main() {}
