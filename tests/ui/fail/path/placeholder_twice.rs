use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/orgs/{id}/{id}")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self, id: u64) -> Bulk<String>;
}

fn main() {}
