use bulk_endpoint::{Bulk, bulk_api};

struct OrgId;

#[bulk_api]
trait Tokens {
    #[post("/orgs/{orgId}/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self, org_id: &OrgId) -> Bulk<String>;
}

fn main() {}
