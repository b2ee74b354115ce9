use bulk_endpoint::{Bulk, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/orgs/:org_id/tokens")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self, org_id: u64) -> Bulk<String>;

    #[post("/orgs/<int:org_id>/tokens")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn delete(&self, org_id: u64) -> Bulk<String>;

    #[post("/orgs/${org_id}/tokens")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn activate(&self, org_id: u64) -> Bulk<String>;
}

fn main() {}
