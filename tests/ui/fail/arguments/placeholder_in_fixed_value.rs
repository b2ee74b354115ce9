use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[header("X-Org", "org {orgId}")]
    #[field("/tenant", "{tenant}")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self, #[query] org_id: u64) -> Bulk<String>;
}

fn main() {}
