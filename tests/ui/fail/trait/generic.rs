use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens<T> {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self, reason: T) -> Bulk<String>;
}

fn main() {}
