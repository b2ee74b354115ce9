//! A trait that asks its clients for more.
#![deny(warnings)]

use std::fmt::Debug;

use bulk_endpoint::{Bulk, Client, bulk_api};

trait Named {
    fn name(&self) -> &'static str;
}

#[bulk_api]
trait Tokens: Named + Debug + Send + Sync + 'static {
    #[post("/tokens")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self) -> Bulk<String>;
}

impl Named for TokensClient {
    fn name(&self) -> &'static str {
        "tokens"
    }
}

fn main() {
    let client: Box<dyn Tokens> = Box::new(TokensClient::new(Client::builder("https://example.com").build().unwrap()));
    assert_eq!(client.name(), "tokens");
    let _ = (client.deactivate(), format!("{client:?}"));
}
