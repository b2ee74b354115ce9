//! Arguments under the names that an expansion has for something.
#![deny(warnings)]

use bulk_endpoint::{Bulk, Client, bulk_api};

#[bulk_api]
trait Tokens {
    #[post("/{path}/{query}")]
    #[bulk_endpoint(max = 15, partial = false)]
    #[allow(clippy::too_many_arguments)]
    fn deactivate(
        &self,
        path: u8,
        query: u8,
        #[query] request: u8,
        #[query] url: u8,
        #[query] items: u8,
        #[query] self_: u8,
        #[header("X-A")] header: u8,
        field: u8,
        bulk: u8,
        client: u8,
        endpoint: u8,
        spec: u8,
        bind: u8,
        binder: u8,
        bound: u8,
        finish: u8,
        value: u8,
        already: u8,
        core: u8,
        std: u8,
        bulk_endpoint: u8,
    ) -> Bulk<String>;
}

fn main() {
    let client = TokensClient::new(Client::builder("https://example.com").build().unwrap());
    let _ = client.deactivate(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21);
}
