use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/tokens")]
    #[bulk_endpoint(max = 15, partial = false, poll = status)]
    fn deactivate(&self) -> Bulk<String>;
}

fn main() {}
