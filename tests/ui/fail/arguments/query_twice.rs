use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/orgs/{orgId}")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self, org_id: u64, #[query] tag: u8, #[query("tag")] other: u8) -> Bulk<String>;
}

fn main() {}
