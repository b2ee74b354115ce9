use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, items = query("id", csv))]
    fn deactivate(&self, #[query] id: u64) -> Bulk<String>;
}

fn main() {}
