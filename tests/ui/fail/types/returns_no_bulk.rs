use bulk_endpoint::bulk_api;

#[bulk_api]
trait Tokens {
    #[post("/orgs/{orgId}/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self, org_id: u64) -> Result<Vec<String>, ()>;
}

fn main() {}
