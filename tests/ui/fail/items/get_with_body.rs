use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[get("/tokens")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self) -> Bulk<String>;
}

fn main() {}
