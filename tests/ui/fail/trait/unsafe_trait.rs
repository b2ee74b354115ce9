use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
unsafe trait Tokens {
    #[post("/tokens")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self) -> Bulk<String>;
}

fn main() {}
