use bulk_endpoint::{Bulk, bulk_api};

struct Response;

#[bulk_api]
trait Tokens {
    #[post("/orgs/{orgId}/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self, org_id: u64) -> Bulk<String, Response>;
}

fn main() {}
