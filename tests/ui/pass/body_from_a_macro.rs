//! A trait whose methods come out of a `macro_rules!`.
#![deny(warnings)]

use bulk_endpoint::{Bulk, Client, bulk_api};

macro_rules! tokens {
    ($($methods:tt)*) => {
        #[bulk_api]
        trait Tokens {
            $($methods)*
        }
    };
}

tokens! {
    #[post("/orgs/{id}")]
    #[bulk_endpoint(max = 15, partial = false, stop(404))]
    fn deactivate(&self, id: &str, #[query] dry_run: bool) -> Bulk<String>;

    #[delete("/tokens")]
    #[bulk_endpoint(max = 1, partial = false)]
    fn delete(&self) -> Bulk<String>;
}

fn main() {
    let client = TokensClient::new(Client::builder("https://example.com").build().unwrap());
    let _ = (client.deactivate("o", true), client.delete());
}
