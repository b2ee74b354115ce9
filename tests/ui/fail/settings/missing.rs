use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]

    fn deactivate(&self) -> Bulk<String>;
}

fn main() {}
