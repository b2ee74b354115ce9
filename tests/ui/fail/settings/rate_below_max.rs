use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 5, partial = false, rate = "2 items/1s")]
    fn deactivate(&self) -> Bulk<String>;
}

fn main() {}
