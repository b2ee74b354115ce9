use bulk_endpoint::{Bulk, Client, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 0, partial = false)]
    fn deactivate(&self) -> Bulk<String>;

    #[post("orgs/{orgId}/delete")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn delete(&self, org_id: u64) -> Bulk<String>;

    #[post("/activate")]
    #[bulk_endpoint(max = 15, partail = false)]
    fn activate(&self) -> Bulk<String>;
}

// What uses the trait and its client gives no further error.
fn use_it(client: Client, tokens: &dyn Other) -> impl Tokens {
    let _ = TokensClient::DELETE.spec();
    let _ = TokensClient::ENDPOINTS;
    let _ = tokens.deactivate();
    let client = TokensClient::new(client);
    let _ = client.delete(7);
    client
}

#[bulk_api]
trait Other {
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self) -> Bulk<String>;
}

fn main() {}
