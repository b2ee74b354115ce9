use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false, bisect(401, 422))]
    fn deactivate(&self) -> Bulk<String>;
}

fn main() {}
