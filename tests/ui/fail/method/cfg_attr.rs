use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[cfg_attr(all(), post("/deactivate"))]
    #[cfg_attr(all(), bulk_endpoint(max = 15, partial = false))]
    fn deactivate(&self, #[cfg_attr(all(), query)] reason: &str) -> Bulk<String>;
}

fn main() {}
