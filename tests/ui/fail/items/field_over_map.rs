use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, items = map("/patches"))]
    fn deactivate(&self, patches: &str) -> Bulk<String>;
}

fn main() {}
