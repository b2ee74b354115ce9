//! A method that only a sized client has.
#![deny(warnings)]

use bulk_endpoint::{Bulk, Client, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/tokens")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self) -> Bulk<String>;

    #[post("/all")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn all<'a>(&'a self, name: &'a str) -> Bulk<String>
    where
        Self: Sized + Send + 'a,
        &'a str: Clone;
}

fn main() {
    let client = TokensClient::new(Client::builder("https://example.com").build().unwrap());
    let _ = client.all("a");
    let usable: &dyn Tokens = &client;
    let _ = usable.deactivate();
}
