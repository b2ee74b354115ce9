use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/orgs/{orgId}")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self, org_id: u64, #[path("orgId")] other: u64) -> Bulk<String>;
}

fn main() {}
