//! A trait that a `macro_rules!` makes of fragments; its own path to the crate.
#![deny(warnings)]

mod vendor {
    pub extern crate bulk_endpoint as renamed;
}

macro_rules! api {
    ($name:ident, $path:literal, $max:literal, $again:expr, $item:ty, $arg:ident : $ty:ty) => {
        #[bulk_api(crate = crate::vendor::renamed)]
        trait $name {
            #[post($path)]
            #[header("X-Kind", "bulk")]
            #[bulk_endpoint(max = $max, partial = false, retry($again))]
            fn send(&self, $arg: $ty, extra: u8) -> Bulk<$item>;
        }
    };
}

use vendor::renamed::{Bulk, Client, bulk_api};

api!(Tokens, "/orgs/{id}", 15, 429, String, id: &str);

fn main() {
    let client = TokensClient::new(Client::builder("https://example.com").build().unwrap());
    let _ = client.send("o", 1);
    assert_eq!(TokensClient::SEND.spec().max.items, 15);
}
