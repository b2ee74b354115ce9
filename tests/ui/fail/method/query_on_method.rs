use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[query("version", "2")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self) -> Bulk<String>;
}

fn main() {}
