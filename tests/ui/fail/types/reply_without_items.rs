use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/orgs/{orgId}/deactivate")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn deactivate(&self, org_id: u64) -> Bulk<String, ()>;
}

fn main() {}
