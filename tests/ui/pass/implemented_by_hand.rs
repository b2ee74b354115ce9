//! Anybody can implement the trait, and what takes `impl Tokens` takes both.
#![deny(warnings)]

use bulk_endpoint::{Bulk, Client, Outcome, bulk_api};

#[bulk_api]
pub trait Tokens {
    #[post("/orgs/{id}")]
    #[bulk_endpoint(max = 15, partial = false)]
    fn deactivate(&self, id: &str, dry_run: bool) -> Bulk<String>;
}

pub struct Mock;

impl Tokens for Mock {
    fn deactivate(&self, _: &str, _: bool) -> Bulk<String> {
        Bulk::mock(|_: &String| Outcome::succeeded())
    }
}

impl<T: Tokens + ?Sized> Tokens for &T {
    fn deactivate(&self, id: &str, dry_run: bool) -> Bulk<String> {
        (**self).deactivate(id, dry_run)
    }
}

fn bind(tokens: impl Tokens) -> Bulk<String> {
    tokens.deactivate("o", false)
}

fn main() {
    let client = TokensClient::new(Client::builder("https://example.com").build().unwrap());
    let all: [&dyn Tokens; 2] = [&Mock, &client];
    let _ = all.map(|tokens| bind(tokens));
}
