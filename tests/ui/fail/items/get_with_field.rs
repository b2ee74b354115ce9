use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[get("/tokens")]
    #[bulk_endpoint(max = 15, partial = false, items = query("id", csv))]
    fn list(&self, reason: &str) -> Bulk<String>;
}

fn main() {}
