//! Two traits in a module, whose methods have one name, for one client underneath.
#![deny(warnings)]

use bulk_endpoint::{Bulk, Client, bulk_api};

#[bulk_api]
pub trait Tokens {
    #[post("/tokens")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn delete(&self) -> Bulk<String>;
}

#[bulk_api]
pub trait Users {
    #[post("/users")]
    #[bulk_endpoint(max = 20, partial = false)]
    fn delete(&self) -> Bulk<u64>;
}

/// Both in one.
pub trait Vendor: Tokens + Users {}

fn main() {
    let client = Client::builder("https://example.com").build().unwrap();
    let _ = TokensClient::new(client.clone()).delete().send(["a".to_owned()]);
    let _ = UsersClient::new(client).delete().send([1]);
    assert_eq!(TokensClient::DELETE.spec().max.items, 15);
    assert_eq!(UsersClient::DELETE.spec().max.items, 20);
}
