use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[header("x-ids", "a")]
    #[bulk_endpoint(max = 15, partial = false, items = header("X-Ids"))]
    fn deactivate(&self) -> Bulk<String>;
}

fn main() {}
