use bulk_endpoint::{Bulk, bulk_api};

struct Reason;

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self, reason: &Reason, #[query] why: Reason) -> Bulk<String>;
}

fn main() {}
