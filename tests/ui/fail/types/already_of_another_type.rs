use bulk_endpoint::{Bulk, ItemReply, bulk_api};

#[derive(serde::Deserialize, ItemReply)]
struct Element {
    #[bulk(key)]
    id: String,
    #[bulk(status)]
    status: u16,
}

fn gone(_: &u8) -> bool {
    true
}

#[bulk_api]
trait Tokens {
    #[post("/orgs/{orgId}/deactivate")]
    #[bulk_endpoint(max = 15, partial = true, already = gone)]
    fn deactivate(&self, org_id: u64) -> Bulk<String, Vec<Element>>;
}

fn main() {}
