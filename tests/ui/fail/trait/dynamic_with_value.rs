use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api(dynamic = true)]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self) -> Bulk<String>;
}

fn main() {}
