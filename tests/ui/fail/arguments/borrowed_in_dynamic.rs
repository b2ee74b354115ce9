use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api(dynamic)]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self, tags: &[&str], #[query] kind: &'static str) -> Bulk<String>;
}

fn main() {}
