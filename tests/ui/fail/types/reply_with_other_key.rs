use bulk_endpoint::{Bulk, ItemReply, bulk_api};

#[derive(serde::Deserialize, ItemReply)]
struct Element {
    #[bulk(key)]
    id: u64,
    #[bulk(status)]
    status: u16,
}

#[bulk_api]
trait Tokens {
    #[post("/orgs/{orgId}/deactivate")]
    #[bulk_endpoint(max = 15, partial = true)]
    fn deactivate(&self, org_id: u64) -> Bulk<String, Vec<Element>>;
}

fn main() {}
