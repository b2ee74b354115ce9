//! What is deprecated is so for those who call it, and for nobody else.
#![deny(warnings, deprecated)]

use bulk_endpoint::{Bulk, Client, bulk_api};

#[bulk_api]
pub trait Tokens {
    #[deprecated(since = "1.0", note = "use `revoke`")]
    #[post("/deactivate")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self) -> Bulk<String>;

    #[post("/revoke")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn revoke(&self) -> Bulk<String>;
}

fn main() {
    let client = TokensClient::new(Client::builder("https://example.com").build().unwrap());
    let _ = client.revoke();
    #[expect(deprecated)]
    let _ = client.deactivate();
    #[expect(deprecated)]
    let _ = TokensClient::DEACTIVATE;
}
